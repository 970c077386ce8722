// Requests that must fail: forged forms, other customers' paths, and reading without a sign-in.
import assert from 'node:assert/strict';
import { broken_service, desk, instant } from '../desk.mjs';
import { desktop, journey } from '../stage.mjs';

const unlisted = 'a-b-c-d';

journey('a form without a token of its own is refused', desktop, async visitor => {
  const customer = await (await visitor()).sign_in('Quillmere Institute');
  const stranger = await (await visitor()).sign_in('Tarnwick Laboratories');
  const ticket_id = await open_ticket(customer, 'A ticket that nobody else touches');
  const foreign = await stranger.csrf();
  assert.notEqual(foreign, await customer.csrf());

  for (const csrf of [undefined, '', 'x', foreign]) {
    for (const [path, fields] of forms(ticket_id)) {
      const form = csrf === undefined ? fields : { ...fields, csrf };
      const response = await customer.ask(path, { method: 'POST', form });
      assert.equal(response.status(), 403, `${path} with the token '${csrf}'`);
      assert.match(await response.text(), /<h1/, 'a page says so');
    }
  }
  const { events } = await desk('show_ticket', { ticket_id });
  assert.deepEqual(events.map(event => event.kind), ['opened'], 'nothing came of it');
  assert.equal((await customer.ask('/')).status(), 200, 'still signed in');
  const listed = await (await customer.ask('/tickets')).text();
  assert.doesNotMatch(listed, /Forged/);
});

journey('what belongs to others is as if it were not there', desktop, async visitor => {
  const [service_id, exclusion_id] = ['private-line', 'exclusion-private'];
  const { month, down_from } = await broken_service(service_id, 'cust-2', 'Private line');
  await desk('raise_exclusion', {
    exclusion_id, services: [service_id], clause: 'third_party', starts_at: instant(down_from),
    ends_at: instant(new Date(Date.now() - 60_000)), evidence: 'A secret of customer 2.', raised_by: 'anna',
  });
  const owner = await (await visitor()).sign_in('Tarnwick Laboratories');
  const stranger = await (await visitor()).sign_in('Quillmere Institute');
  const ticket_id = await open_ticket(owner, 'A private matter');

  const addresses = (service, ticket) => [
    `/services/${service}?month=${month}`, `/statements/${service}/${month}`,
    `/statements/${service}/${month}/statement.json`, `/statements/${service}/${month}/statement.csv`,
    `/tickets/${ticket}`, `/tickets/${ticket}/state`, `/claims/new?service_id=${service}&month=${month}&kind=uptime`,
  ];
  const nobodys = addresses(unlisted, unlisted);
  for (const [nth, path] of addresses(service_id, ticket_id).entries()) {
    assert.equal((await owner.ask(path)).status(), 200, `${path} for its owner`);
    const hidden = await stranger.ask(path);
    assert.equal(hidden.status(), 404, `${path} for somebody else`);
    const absent = await stranger.ask(nobodys[nth]);
    assert.equal(absent.status(), 404, `${nobodys[nth]}, which does not exist`);
    const told = async answer => nameless(await answer.text(), [service_id, ticket_id, unlisted]);
    assert.equal(await told(hidden), await told(absent), `${path} gives nothing away`);
  }

  const csrf = await stranger.csrf();
  const attempts = [
    [`/tickets/${ticket_id}/events`, { kind: 'closed', key: 'k1' }],
    [`/exclusions/${exclusion_id}/disputes`, { statement: 'Not mine', return_to: '/' }],
    ['/claims', { service_id, month, kind: 'uptime', note: '' }],
  ];
  for (const [path, fields] of attempts) {
    const response = await stranger.ask(path, { method: 'POST', form: { csrf, ...fields } });
    assert.equal(response.status(), 404, `${path} by somebody else`);
  }
  assert.deepEqual((await desk('list_claims', {})).claims.filter(claim => claim.service_id === service_id), []);
  const { events } = await desk('show_ticket', { ticket_id });
  assert.deepEqual(events.map(event => event.kind), ['opened']);

  stranger.refusal = true;
  await stranger.page.goto(new URL(`/tickets/${ticket_id}`, stranger.page.url()).href);
  await stranger.look('not-found');
});

journey('nobody reads without having signed in', desktop, async visitor => {
  const nobody = await visitor();
  const post = { method: 'POST', form: { title: 'Forged' } };
  const asked = [
    ['/'], ['/services/alpine-curc-page'], ['/statements'], ['/tickets'], ['/tickets/new'], ['/claims'],
    ['/notices'], ['/subscriptions'], ['/tickets', post], ['/claims', post], ['/subscriptions', post],
    ['/statements/alpine-curc-page/2026-06/statement.json'],
  ];
  for (const [path, options] of asked) {
    const response = await nobody.ask(path, options);
    const [status, { location = '/sign-in' }] = [response.status(), response.headers()];
    assert.ok([302, 303, 401, 403].includes(status), `${path} answers ${status}`);
    assert.ok(location.startsWith('/sign-in'), `${path} leads to ${location}`);
    assert.doesNotMatch(await response.text(), /Brackwater|[Aa]lpine/);
  }
});

journey('a redirect after a form stays on the portal', desktop, async visitor => {
  const [service_id, exclusion_id] = ['returned-line', 'exclusion-returned'];
  const { down_from } = await broken_service(service_id, 'cust-1', 'Returned line');
  await desk('raise_exclusion', {
    exclusion_id, services: [service_id], clause: 'third_party', starts_at: instant(down_from),
    ends_at: instant(new Date(Date.now() - 60_000)), evidence: 'A cut fibre.', raised_by: 'anna',
  });
  const customer = await (await visitor()).sign_in('Quillmere Institute');
  const csrf = await customer.csrf();
  for (const return_to of ['https://example.org/', '//example.org/', '/\\example.org', 'javascript:alert(1)']) {
    const form = { csrf, statement: 'As before', return_to };
    const response = await customer.ask(`/exclusions/${exclusion_id}/disputes`, { method: 'POST', form });
    const location = response.headers().location ?? '/';
    assert.ok(/^\/(?![/\\])/.test(location), `${return_to} leads to ${location}`);
  }
});

function forms(ticket_id) {
  return [
    ['/tickets', { key: 'k', service_id: '', level: '3', channel: 'portal', title: 'Forged', description: 'Forged' }],
    [`/tickets/${ticket_id}/events`, { key: 'k', kind: 'closed' }],
    ['/claims', { service_id: 'alpine-login-node-ssh-tcp-reachability', month: '2026-06', kind: 'uptime', note: '' }],
    ['/exclusions/none/disputes', { statement: 'Forged', return_to: '/' }],
    ['/sign-out', {}],
  ];
}

// With the token of the form itself: the same request that is refused above succeeds.
async function open_ticket(customer, title) {
  const fields = { key: `k-${Date.now()}`, service_id: '', level: '3', channel: 'portal', title, description: 'Text' };
  const form = { ...fields, csrf: await customer.csrf() };
  const response = await customer.ask('/tickets', { method: 'POST', form });
  assert.equal(response.status(), 303);
  const [, ticket_id] = response.headers().location.match(/^\/tickets\/([^/?]+)/);
  return decodeURIComponent(ticket_id);
}

// Without the requested path, and without the time and the tokens that are new on every page.
function nameless(page, asked_for) {
  const unnamed = asked_for.reduce((text, id) => text.replaceAll(id, ''), page);
  return unnamed.replace(/\d{1,2}:\d{2}(:\d{2})?/g, '').replace(/value="[^"]*"/g, '');
}
