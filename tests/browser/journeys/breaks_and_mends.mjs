// The demo is broken at its page, its customer sees the outage in the portal, and it is mended.
import assert from 'node:assert/strict';
import { desktop, demo, journey, phone, portal } from '../stage.mjs';

const shop = 'aldermoor-shop';
// A check each ten seconds, its way through the queue, and as much again for a busy machine.
const seen_ms_max = 45_000;

for (const [screen, scripts] of [[phone, true], [desktop, false]]) {
  const way = scripts ? 'on a phone' : 'without scripts';
  journey(`the demo is broken and mended, and its customer sees it, ${way}`, screen, async visitor => {
    const customer = await (await visitor({ scripts })).sign_in('Aldermoor Bikes');
    await shows(customer, '/', /All services are up/);
    await customer.look('living-1-up');

    const operator = await visitor({ scripts, home: demo });
    await operator.open('/', 'living-demo');
    await press(operator, 'Break it');
    await operator.look('living-2-broken');
    assert.equal((await operator.ask('/health')).status(), 503);
    await shows(customer, '/', /2 of 3 up.*1 down/);
    await customer.open(`/services/${shop}`, 'living-3-outage');
    assert.match(await customer.text(), /Down/);

    await press(operator, 'Mend it');
    assert.equal((await operator.ask('/health')).status(), 200);
    await shows(customer, '/', /All services are up/);
    await customer.open(`/services/${shop}`, 'living-4-mended');
    assert.match(await customer.text(), /Outages?/);
  });
}

/** Turns the demo's switch. */
async function press(operator, name) {
  await operator.page.getByRole('button', { name }).click();
  await operator.page.waitForLoadState('load');
}

/** Loads a page again until it shows a text. */
async function shows(customer, path, pattern) {
  const until = Date.now() + seen_ms_max;
  for (;;) {
    await customer.page.goto(portal + path);
    const text = await customer.text();
    if (pattern.test(text)) return;
    assert.ok(Date.now() < until, `${path} does not show ${pattern} within ${seen_ms_max} ms, but:\n${text}`);
    await customer.page.waitForTimeout(1_000);
  }
}
