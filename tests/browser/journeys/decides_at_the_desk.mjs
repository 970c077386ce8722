// Two members of staff, through the desk's pages alone: one raises an exclusion and cannot decide it, the other approves
// it and restates the month, and the customer sees the statement change.
import assert from 'node:assert/strict';
import { broken_service, desk as give, instant } from '../desk.mjs';
import { dark, desk, desktop, journey, phone } from '../stage.mjs';

/** An instant as a browser's field takes it. */
const local = date => instant(date).slice(0, 16);

for (const [screen, scripts] of [[desktop, true], [phone, false]]) {
  const way = scripts ? 'by hand' : 'without scripts';
  journey(`two people exclude time, and the customer sees it, ${way}`, screen, async visitor => {
    const service_id = `excluded-line-${screen.name}`;
    const { month, down_from } = await broken_service(service_id, 'cust-1', 'Excluded line');
    const customer = await (await visitor({ scripts })).sign_in('Quillmere Institute');
    await customer.open(`/statements/${service_id}/${month}`, 'statement-breached');
    assert.match(await customer.text(), /breached|missed/i);

    const ada = await (await visitor({ scripts, home: desk })).sign_in('Ada');
    await ada.look('desk-first');
    await ada.open(`/services/${service_id}`, 'desk-service');
    await ada.open(`/exclusions/new?service_id=${service_id}`, 'desk-exclusion-form');
    const evidence = 'The carrier reports a cut fibre <b>near</b> the exchange.';
    // Refused at first: nobody knows yet of what is to come.
    let form = await ada.fill({
      services: service_id, clause: 'third_party', evidence,
      starts_at: local(down_from), ends_at: local(new Date(Date.now() + 3_600_000)),
    });
    ada.refusal = true;
    assert.equal(await ada.send(form), 422);
    await ada.look('desk-exclusion-refused');
    ada.refusal = false;
    assert.match(await ada.text(), /there is a problem/i);
    form = await ada.fill({ ends_at: local(new Date(Date.now() - 60_000)), evidence });
    assert.equal(await ada.send(form), 303);
    await ada.look('desk-exclusion-raised');
    assert.ok((await ada.text()).includes(evidence), 'the evidence is shown as it was written');
    const address = new URL(ada.page.url());
    assert.equal(await ada.page.locator('form[action="/commands/decide_exclusion"]').count(), 0, 'not by the same person');

    const grace = await (await visitor({ scripts, home: desk })).sign_in('Grace');
    await grace.open('/exclusions', 'desk-exclusions');
    assert.ok((await grace.text()).includes(address.pathname.split('/').pop()), 'it waits for a second person');
    await grace.open(address.pathname, 'desk-exclusion');
    form = await grace.fill({ decision: 'approve', note: 'The carrier confirms it in writing.' });
    assert.equal(await grace.send(form), 303);
    await grace.look('desk-exclusion-approved');
    await grace.open(`/statements/${service_id}/${month}`, 'desk-statement');
    const restate = grace.page.locator('form[action="/commands/restate_month"]');
    const folded = grace.page.locator('details:not([open])', { has: restate });
    if (await folded.count() > 0) await folded.locator('summary').first().click();
    await restate.locator('[name="reason"]').fill('An approved exclusion.');
    assert.equal(await grace.send(restate), 303);
    await grace.look('desk-statement-restated');

    await customer.page.reload();
    await customer.look('statement-after-exclusion');
    const restated = await customer.text();
    for (const part of [/\bmet\b|\bkept\b/i, /100\.0000/, /revision 2/i]) assert.match(restated, part);
  });
}

for (const screen of [dark, phone]) journey('every page of the desk can be read', screen, async visitor => {
  await give('register_source', {
    source_id: 'night', kind: 'alertmanager', auth: { scheme: 'bearer' },
    map: [{ when: { 'labels.nines': 'service' }, service_id: { 'labels.nines_service': { api: 'alpine-curc-page' } } }],
  });
  await give('register_target', {
    target_id: 'night', service_id: 'alpine-curc-page', region: 'elsewhere', check: { http: { url: 'https://example.com/' } },
  });
  const ada = await (await visitor({ home: desk })).sign_in('Ada');
  const pages = [
    '/', '/tickets', '/tickets/new', '/customers', '/customers/new', '/customers/cust-1', '/services/new?customer_id=cust-1',
    '/imports/new', '/services', '/services?show=down', '/services/alpine-curc-page', '/targets', '/targets/new?kind=http',
    '/targets/night',
    '/maintenance', '/maintenance/new', '/exclusions', '/sources', '/sources/new?kind=zammad', '/sources/night', '/sources/night/map',
    '/sources/night/trial', '/voids', '/voids/new', '/roles', '/reviews', '/quarantine', '/terms', '/terms/draft',
    '/months', '/months/2026-06', '/changes',
  ];
  for (const path of pages) await ada.open(path, `desk-${path.replace(/[^a-z0-9]+/g, '-')}`);
});
