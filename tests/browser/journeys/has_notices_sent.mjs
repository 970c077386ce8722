// A customer subscribes: a wrong address is refused and kept in the form, a right one gets the chosen notices, and none
// after the end.
import assert from 'node:assert/strict';
import { delivered, eventually, happens } from '../desk.mjs';
import { desktop, journey, phone } from '../stage.mjs';

for (const screen of [phone, desktop]) {
  journey('a customer has notices sent, and ends it', screen, async visitor => {
    const customer = await (await visitor()).sign_in('Quillmere Institute');
    const { page } = customer;
    const endpoint = `duty-${screen.name}@example.com`;

    await customer.open('/notices', 'notices');
    await page.getByRole('main').getByRole('link', { name: /get notified/i }).click();
    await page.waitForURL(url => url.pathname === '/subscriptions');
    await customer.look('subscriptions-none');
    customer.refusal = true;
    assert.equal(await customer.send(await customer.fill({ protocol: 'email', endpoint: 'nobody' })), 422);
    customer.refusal = false;
    await customer.look('subscriptions-refused');
    assert.match(await customer.text(), /is not an e-mail address/);
    const form = await customer.fill({ protocol: 'email', endpoint, 'kinds.ticket.opened': true });
    assert.equal(await customer.send(form), 303);
    await customer.look('subscriptions');
    const told = await customer.text();
    for (const part of [endpoint, 'Confirmed', '1 kind of notice']) assert.ok(told.includes(part), `${part}: ${told}`);

    const first = `SENT-${screen.name}-1`;
    await opens(first);
    const copy = await eventually('a copy', async () => (await delivered(endpoint)).at(-1));
    assert.ok(copy.subject.includes(first) && copy.message.startsWith(copy.subject), JSON.stringify(copy));
    await happens(first, 'acknowledged');

    await page.getByRole('button', { name: `Unsubscribe ${endpoint}` }).click();
    await page.waitForURL(url => url.searchParams.get('done') === 'unsubscription');
    await customer.look('subscriptions-ended');
    await opens(`SENT-${screen.name}-2`);
    assert.ok(!(await customer.text()).includes(endpoint));
    assert.equal((await delivered(endpoint)).length, 1, 'only what was chosen, while it was');
  });
}

function opens(ticket_id) {
  return happens(ticket_id, 'opened', {
    customer_id: 'cust-1', level: 3, channel: 'phone', title: `A question of ${ticket_id}`,
  });
}
