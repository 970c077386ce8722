// The desk wants time excluded, the customer says no, another person says yes: every step is on the customer's page.
import assert from 'node:assert/strict';
import { broken_service, desk, instant } from '../desk.mjs';
import { dark, journey } from '../stage.mjs';

journey('a customer disputes an exclusion, and sees the statement restated', dark, async visitor => {
  const [service_id, exclusion_id] = ['disputed-line', 'exclusion-disputed'];
  const evidence = 'The carrier reports a cut fibre <b>near</b> the exchange.';
  const statement = 'Our second line by the same carrier worked all day.';
  const { month, down_from } = await broken_service(service_id, 'cust-1', 'Disputed line');
  await desk('raise_exclusion', {
    exclusion_id, services: [service_id], clause: 'third_party', starts_at: instant(down_from),
    ends_at: instant(new Date(Date.now() - 60_000)), evidence, raised_by: 'anna',
  });
  const customer = await (await visitor()).sign_in('Quillmere Institute');
  const { page } = customer;

  await customer.open(`/services/${service_id}?month=${month}`, 'service-exclusion');
  assert.ok((await customer.text()).includes(evidence), 'the evidence is shown as it was written');
  const form = await customer.fill({ statement });
  assert.equal(await customer.send(form), 303);
  await customer.look('service-disputed');
  assert.equal(new URL(page.url()).pathname, `/services/${service_id}`, 'back to where the form was');
  assert.ok((await customer.text()).includes(statement));

  const before = await customer.tab();
  await before.goto(new URL(`/statements/${service_id}/${month}`, page.url()).href);
  assert.match(await customer.text(before), /breached|missed/i);

  const approve = { exclusion_id, decision: 'approve', note: 'The carrier confirms it in writing.' };
  await assert.rejects(desk('decide_exclusion', { ...approve, decided_by: 'anna' }), { kind: 'Forbidden' });
  await desk('decide_exclusion', { ...approve, decided_by: 'ben' });
  await desk('restate_month', { service_id, month, reason: 'an approved exclusion', by: 'ben' });

  await before.reload();
  await customer.look('statement-restated', before);
  const restated = await customer.text(before);
  for (const part of [/\bmet\b|\bkept\b/i, /100\.0000/, /revision 2/i]) assert.match(restated, part);
  const first = before.getByRole('main').getByRole('link', { name: /^revision 1$/i }).first();
  await first.click();
  await before.waitForURL(url => url.searchParams.get('revision') === '1');
  await customer.look('statement-first', before);
  assert.match(await customer.text(before), /breached|missed/i, 'what was said first is still there');

  await customer.open(`/services/${service_id}?month=${month}`, 'service-excluded');
  assert.match(await customer.text(), /approved/i);
});
