// A call at level 1, in pages alone: staff open it by phone, acknowledge it and ask, the customer answers in the portal, and
// staff resolve it. What staff alone read stays at the desk.
import assert from 'node:assert/strict';
import { desk, desktop, journey, phone } from '../stage.mjs';

const service_id = 'access-registry-technical-endpoint';
const internal = 'The caller was on hold for ten minutes.';

/** Sends the form of a command on the ticket's page, which may be folded. */
async function act(staff, command, fields = {}) {
  const form = staff.page.locator(`form[action="/commands/${command}"]`);
  const folded = staff.page.locator('details:not([open])', { has: form });
  if (await folded.count() > 0) await folded.locator('summary').first().click();
  for (const [name, value] of Object.entries(fields)) await form.locator(`[name="${name}"]`).fill(value);
  assert.equal(await staff.send(form), 303, `${command} is carried out`);
  await staff.look(`desk-ticket-${command}`);
}

for (const [screen, scripts] of [[desktop, true], [phone, false]]) {
  const way = scripts ? 'by hand' : 'without scripts';
  journey(`staff serve a caller, who answers in the portal, ${way}`, screen, async visitor => {
    const ada = await (await visitor({ scripts, home: desk })).sign_in('Ada');
    const title = `No calls reach the office (${screen.name})`;
    await ada.open(`/tickets/new?service_id=${service_id}`, 'desk-ticket-form');
    const form = await ada.fill({
      customer_id: 'cust-1', level: '1', channel: 'phone', title, description: 'Since noon.\nNothing rings.',
      note: 'We are on it.', internal_note: internal,
    });
    assert.equal(await ada.send(form), 303);
    await ada.look('desk-ticket');
    const path = new URL(ada.page.url()).pathname;
    await act(ada, 'acknowledge_ticket');
    await act(ada, 'take_ticket');
    await act(ada, 'ask_customer', { note: 'Which numbers fail?', internal_note: internal });

    const customer = await (await visitor({ scripts })).sign_in('Quillmere Institute');
    await customer.open(path, 'ticket-asked');
    assert.match(await customer.text(), /Which numbers fail\?/);
    const reply = customer.page.locator('form', { has: customer.page.locator('[name="kind"][value="resumed"]') });
    await reply.locator('[name="note"]').fill('All that begin with 030.');
    assert.equal(await customer.send(reply), 303);
    await customer.look('ticket-answered');

    await ada.open('/tickets?show=mine', 'desk-tickets-mine');
    assert.ok((await ada.text()).includes(title));
    await ada.open(path, 'desk-ticket-answered');
    assert.match(await ada.text(), /All that begin with 030\./);
    await act(ada, 'resolve_ticket', { note: 'A trunk was replaced.', internal_note: internal });
    assert.ok((await ada.text()).includes(internal));

    await customer.open(path, 'ticket-resolved-by-staff');
    const text = await customer.text();
    assert.match(text, /A trunk was replaced\./);
    assert.ok(!text.includes(internal), 'what staff alone read stays at the desk');
    await ada.open('/tickets?show=resolved', 'desk-tickets-finished');
    assert.ok((await ada.text()).includes(title));
  });
}
