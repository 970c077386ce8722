// Everything essential works in a browser that runs no scripts.
import assert from 'node:assert/strict';
import { broken_service, desk, happens, instant } from '../desk.mjs';
import { journey, phone } from '../stage.mjs';

journey('everything essential works without scripts', phone, async visitor => {
  const [service_id, exclusion_id] = ['plain-line', 'exclusion-plain'];
  const { month, down_from } = await broken_service(service_id, 'cust-3', 'Plain line');
  await desk('raise_exclusion', {
    exclusion_id, services: [service_id], clause: 'cyber_attack', starts_at: instant(down_from),
    ends_at: instant(new Date(Date.now() - 60_000)), evidence: 'A flood of packets.', raised_by: 'anna',
  });
  const customer = await (await visitor({ scripts: false })).sign_in('Brackwater University');
  const { page } = customer;

  await customer.open('/', 'plain-overview');
  // A card below the screen is not laid out, so that it has no text yet.
  assert.equal(await page.locator('h2', { hasText: 'Plain line' }).count(), 1);
  await customer.open(`/services/${service_id}?month=${month}`, 'plain-service');
  assert.equal(await customer.send(await customer.fill({ statement: 'We saw no flood.' })), 303);
  assert.match(await customer.text(), /We saw no flood\./);
  await customer.open(`/statements/${service_id}/${month}`, 'plain-statement');
  assert.match(await customer.text(), /breached|missed/i);

  await customer.open(`/claims/new?service_id=${service_id}&month=${month}&kind=uptime`, 'plain-claim-new');
  assert.equal(await customer.send(await customer.fill({ service_id, month, kind: 'uptime' })), 303);
  assert.match(await customer.text(), /Plain line/);

  await customer.open('/tickets/new', 'plain-ticket-new');
  const report = await customer.fill({ service_id, level: '3', title: 'A question', description: 'How so?' });
  assert.equal(await customer.send(report), 303);
  await customer.look('plain-ticket');
  const ticket_id = decodeURIComponent(new URL(page.url()).pathname.split('/')[2]);
  const opened = await customer.text();
  assert.match(opened, /30 min/, 'the time to acknowledge is told');
  await happens(ticket_id, 'acknowledged');
  await page.reload();
  assert.notEqual(await customer.text(), opened, 'what support does is there after loading the page again');
  const close = page.getByRole('main').locator('form', { has: page.getByRole('button', { name: /close/i }) });
  assert.equal(await customer.send(close.first()), 303);
  await customer.await_text(/closed/i);

  await customer.send(page.locator('form[action="/sign-out"]'));
  await page.waitForURL(url => url.pathname === '/sign-in');
  await page.goto(new URL('/tickets', page.url()).href);
  assert.notEqual(new URL(page.url()).pathname, '/tickets', 'who has signed out reads nothing');
});
