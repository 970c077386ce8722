// One search finds each kind: staff by number, id and words of a name; a customer among their own things alone.
import assert from 'node:assert/strict';
import { broken_service, desk as give, instant, invoke } from '../desk.mjs';
import { desk, desktop, journey, phone } from '../stage.mjs';

/** Searches by the field in the header, and returns the address that it leads to. */
async function search(visitor, words) {
  await visitor.page.getByRole('search').getByRole('searchbox').fill(words);
  await visitor.page.getByRole('search').getByRole('button').click();
  await visitor.page.waitForURL(url => !url.href.includes('?done='));
  await visitor.page.waitForLoadState('load');
  return new URL(visitor.page.url()).pathname;
}

for (const [screen, scripts] of [[desktop, true], [phone, false]]) {
  const way = scripts ? 'by hand' : 'without scripts';
  journey(`a search finds each kind, ${way}`, screen, async visitor => {
    const [service_id, window_id] = [`found-${screen.name}`, `window-${screen.name}`];
    const [exclusion_id, ticket_id] = [`excluded-${screen.name}`, `T-found-${screen.name}`];
    const { month, down_from } = await broken_service(service_id, 'cust-3', `Fährlinie ${screen.name}`);
    const ahead = days => instant(new Date(Date.now() + days * 86_400_000));
    await give('announce_maintenance', {
      window_id, starts_at: ahead(8), ends_at: ahead(8.1), scope: { services: [service_id] }, reason: 'New switches.',
    });
    await give('raise_exclusion', {
      exclusion_id, services: [service_id], clause: 'cyber_attack', starts_at: instant(down_from),
      ends_at: instant(new Date(Date.now() - 60_000)), evidence: 'A flood of packets.', raised_by: 'anna',
    });
    const opened = { event_id: 'e-1', ticket_id, kind: 'opened', occurred_at: instant(new Date()), customer_id: 'cust-3' };
    await invoke('record-tickets', {
      events: [{ ...opened, service_id, level: 3, channel: 'phone', title: `Überfahrt ${screen.name} is slow` }],
    });
    const { claim_id } = await give('file_claim', { service_id, month, customer_id: 'cust-3', kind: 'uptime' });
    const { hits } = await give('search', { words: 'cust-3' });
    const customer_name = hits.find(({ id }) => id === 'cust-3').name;

    const ada = await (await visitor({ scripts, home: desk })).sign_in('Ada');
    const pages = [
      ['cust-3', '/customers/cust-3'], [service_id, `/services/${service_id}`], [ticket_id, `/tickets/${ticket_id}`],
      [exclusion_id, `/exclusions/${exclusion_id}`], [window_id, '/maintenance'], [claim_id, `/claims/${claim_id}`],
    ];
    for (const [id, page] of pages) {
      const [hit] = (await give('search', { words: id })).hits.filter(own => own.id === id);
      assert.equal(decodeURIComponent(await search(ada, hit.number.toLowerCase())), page, `${id} is ${hit.number}`);
      assert.ok((await ada.text()).includes(hit.number), `${page} shows ${hit.number}`);
    }
    assert.equal(await search(ada, `FAHRLINIE ${screen.name}`), `/services/${service_id}`, 'without the marks of letters');
    assert.equal(await search(ada, 'nothing of the kind'), '/search');
    await ada.look('desk-search-nothing');
    assert.match(await ada.text(), /Nothing was found/);
    await search(ada, 'website');
    await ada.look('desk-searched');

    const customer = await (await visitor({ scripts })).sign_in(customer_name);
    for (const [words, page] of [
      [`fahrlinie ${screen.name}`, `/services/${service_id}`], [ticket_id, `/tickets/${ticket_id}`],
      [`uberfahrt ${screen.name}`, `/tickets/${ticket_id}`], [claim_id, '/claims'],
      [window_id, `/services/${service_id}`], [exclusion_id, `/services/${service_id}`],
    ]) {
      assert.equal(decodeURIComponent(await search(customer, words)), page, `the customer finds ${words}`);
    }
    const other = await (await visitor({ scripts })).sign_in('Quillmere Institute');
    for (const words of [service_id, ticket_id, claim_id, window_id, exclusion_id, 'fahrlinie']) {
      assert.equal(await search(other, words), '/search', `another customer does not find ${words}`);
      assert.match(await other.text(), /Nothing was found/);
    }
    await other.look('search-nothing');
  });
}
