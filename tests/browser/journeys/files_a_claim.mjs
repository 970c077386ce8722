// A customer claims: a month whose outage still goes on is credited, one of long ago comes too late and says so.
import assert from 'node:assert/strict';
import { broken_service, delivered, desk, eventually } from '../desk.mjs';
import { journey, narrow, phone, portal } from '../stage.mjs';

journey('a customer files a claim and sees it decided', phone, async visitor => {
  const service_id = 'claimed-line';
  const { month } = await broken_service(service_id, 'cust-1', 'Claimed line');
  const customer = await (await visitor()).sign_in('Quillmere Institute');
  const { page } = customer;

  await customer.open(`/services/${service_id}?month=${month}`, 'service-breached');
  await page.getByRole('main').getByRole('link', { name: /claim/i }).first().click();
  await page.waitForURL(url => url.pathname === '/claims/new');
  await customer.look('claim-new');
  const form = await customer.fill({ service_id, month, kind: 'uptime', note: 'No calls went out for half a day.' });
  assert.equal(await customer.send(form), 303);
  assert.equal(new URL(page.url()).pathname, '/claims');
  await customer.look('claims');
  const told = await customer.text();
  // 12 hours of 31 days, 30 days or 28 days: ten times their share of 500 EUR.
  const [claim] = await claims_of(service_id);
  assert.equal(claim.state, 'approved');
  for (const part of [/Claimed line/, /approved|credited/i, new RegExp(decimals(claim.amount.minor))]) {
    assert.match(told, part);
  }

  await customer.open(`/claims/new?service_id=${service_id}&month=${month}&kind=uptime`, 'claim-again');
  await customer.send(await customer.fill({ service_id, month, kind: 'uptime' }));
  assert.equal((await claims_of(service_id)).length, 1, 'claiming again finds the first claim');
});

journey('a claim of long ago comes too late, and says so', phone, async visitor => {
  const [service_id, month] = ['access-website-public-webpage', '2026-06'];
  const customer = await (await visitor()).sign_in('Tarnwick Laboratories');
  await customer.open(`/claims/new?service_id=${service_id}&month=${month}&kind=uptime`, 'claim-late');
  assert.equal(await customer.send(await customer.fill({ service_id, month, kind: 'uptime' })), 303);
  await customer.look('claims-late');
  const told = await customer.text();
  for (const part of [/Access website/, /rejected|not credited/i, /deadline was/i]) assert.match(told, part);
});

journey('the letter of a breach leads to a filed claim in two clicks', narrow, async visitor => {
  const [service_id, endpoint] = ['lettered-line', 'breaches@example.com'];
  const customer = await (await visitor()).sign_in('Quillmere Institute');
  const { page } = customer;
  await customer.open('/subscriptions');
  const form = await customer.fill({ protocol: 'email', endpoint, 'kinds.availability.breached': true });
  assert.equal(await customer.send(form), 303);
  const { month } = await broken_service(service_id, 'cust-1', 'Lettered line');
  const about = copy => copy.message.includes(service_id);
  const letter = await eventually('the letter', async () => (await delivered(endpoint)).find(about));
  const [url] = letter.message.match(/https?:\S+\/claims\/new\S+/);
  assert.ok(url.startsWith(`${portal}/`), url);

  await customer.open('/', 'claimable-overview');
  await customer.open(`/services/${service_id}?month=${month}`, 'claimable-service');
  await customer.open(`/statements/${service_id}/${month}`, 'claimable-statement');
  assert.match(await customer.text(), /0\.00 EUR paid so far; .* can be claimed/);
  await page.goto(url);
  await customer.look('claimable-form');
  await page.getByRole('button', { name: 'Claim the credit' }).click();
  await page.waitForURL(to => to.pathname === '/claims');
  const [claim] = await claims_of(service_id);
  assert.equal(claim.state, 'approved');
  await customer.open(`/services/${service_id}?month=${month}`, 'claimed-service');
  assert.match(await customer.text(), /Claimed.*Credited/);
});

async function claims_of(service_id) {
  const { claims } = await desk('list_claims', {});
  return claims.filter(claim => claim.service_id === service_id);
}

function decimals(minor) {
  return `${Math.floor(minor / 100)}\\.${String(minor % 100).padStart(2, '0')}`;
}
