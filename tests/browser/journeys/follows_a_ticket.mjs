// A customer opens a ticket and follows it: the clocks count by themselves, and what support does appears by itself.
import assert from 'node:assert/strict';
import { desk, happens } from '../desk.mjs';
import { journey, screens } from '../stage.mjs';

const service_id = 'access-registry-technical-endpoint';
// The page asks every two seconds; what is above that is for the answer and for drawing it.
const told_ms_max = 2_000 + 1_500;

for (const screen of screens) {
  journey('a customer opens a ticket and watches its clocks', screen, async visitor => {
    const customer = await (await visitor()).sign_in('Quillmere Institute');
    const { page } = customer;

    await refused_without_a_level(customer);
    const form = await customer.fill({
      service_id, level: '1', title: 'No calls go out', description: 'All trunks are down since noon.',
      steps_tried: 'Restarted the gateway twice.',
    });
    assert.equal(await customer.send(form), 303);
    assert.match(new URL(page.url()).pathname, /^\/tickets\/[^/]+$/);
    const ticket_id = decodeURIComponent(new URL(page.url()).pathname.split('/')[2]);
    await customer.look('ticket');
    assert.match(await customer.text(), /No calls go out/);

    await counts_by_itself(customer);
    const asked = follow_the_asking(page, ticket_id);
    await told_in_time(customer, /Acknowledged: we are working on it/, () => happens(ticket_id, 'acknowledged'));
    await told_in_time(customer, /UTC Resolved/, () => happens(ticket_id, 'resolved'));
    await customer.look('ticket-resolved');
    assert.ok(asked.conditional > 0, 'the page asks for what has changed only (If-None-Match)');

    const reopen = page.locator('form', { has: page.getByRole('button', { name: /reopen/i }) });
    assert.equal(await customer.send(reopen), 303);
    await customer.await_text(/reopened/i);
    const { events } = await desk('show_ticket', { ticket_id });
    assert.deepEqual(events.map(event => event.kind), ['opened', 'acknowledged', 'resolved', 'reopened']);

    await customer.open('/tickets', 'tickets');
    assert.match(await customer.text(), /No calls go out/);
  });
}

// The server judges what the browser would not even send; it names the field and keeps what was written.
async function refused_without_a_level(customer) {
  const { page } = customer;
  await customer.open('/tickets/new', 'ticket-new');
  const form = await customer.fill({ service_id, title: 'Noise', description: 'Kept as it was written' });
  await form.evaluate(element => { element.noValidate = true; });
  customer.refusal = true;
  const status = await customer.send(form);
  assert.ok(status === 400 || status === 422, `a ticket without a level is refused (${status})`);
  customer.refusal = false;
  await customer.look('ticket-refused');
  assert.match(await customer.text(), /level/i);
  assert.equal(await page.locator('[name="description"]').inputValue(), 'Kept as it was written');
}

// Every second counts: a page that only asked the server would show a new text every other second.
async function counts_by_itself(customer) {
  const shown = new Set();
  const until = Date.now() + 5_500;
  while (Date.now() < until) {
    shown.add(await customer.text());
    await customer.page.waitForTimeout(150);
  }
  assert.ok(shown.size >= 5, `the clocks showed ${shown.size} different texts in 5.5 seconds`);
}

// The page says what has happened, which it did not say before.
async function told_in_time(customer, words, happen) {
  assert.doesNotMatch(await customer.text(), words);
  await happen();
  const since = Date.now();
  await customer.await_text(words, { within_ms: told_ms_max });
  console.log(`  told after ${Date.now() - since} ms`);
}

function follow_the_asking(page, ticket_id) {
  const asked = { conditional: 0 };
  page.on('request', async request => {
    if (new URL(request.url()).pathname !== `/tickets/${ticket_id}/state`) return;
    const headers = await request.allHeaders().catch(() => ({}));
    if ('if-none-match' in headers) asked.conditional += 1;
  });
  return asked;
}
