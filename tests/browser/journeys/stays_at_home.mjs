// Every address of the portal, on every screen: nothing leaves the origin, the policy is there, the console is silent,
// the keyboard finds its way. The stage holds that against every page of the other journeys too.
import assert from 'node:assert/strict';
import { happens } from '../desk.mjs';
import { issuer, journey, portal, screens } from '../stage.mjs';

const [service, month] = ['globus-transfer-api-technical-endpoint', '2026-06'];

for (const screen of screens) {
  journey('every page stays at home and can be read by anyone', screen, async visitor => {
    const ticket_id = `ticket-tour-${screen.name}`;
    const text = 'شبكة معطلة 📞 <script>alert(1)</script> "quoted" & so on';
    await happens(ticket_id, 'opened', {
      customer_id: 'cust-3', service_id: service, level: 2, channel: 'phone', title: text, description: text,
    });
    const customer = await (await visitor()).sign_in('Brackwater University');
    const { page } = customer;
    const assets = new Set();
    page.on('response', response => {
      if (new URL(response.url()).pathname.startsWith('/assets/')) assets.add(response);
    });
    const addresses = [
      '/', `/services/${service}?month=${month}`, '/statements', `/statements/${service}/${month}`, '/tickets',
      '/tickets/new', `/tickets/${ticket_id}`, '/claims',
      `/claims/new?service_id=${service}&month=${month}&kind=uptime`,
      '/agreement', '/agreement/1', `/notices?month=${month}`, '/subscriptions',
    ];
    for (const path of addresses) await customer.open(path);
    await customer.open(`/tickets/${ticket_id}`);
    assert.ok((await customer.text()).includes(text), 'what was written is shown as it was written');

    await page.goto(`${portal}/`);
    await page.keyboard.press('Tab');
    const first = await page.evaluate(() => document.activeElement?.getAttribute('href'));
    assert.match(first ?? '', /^#/, 'the first stop of the keyboard leads past the navigation');
    const width = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(width, 'none', 'what the keyboard is at can be seen');

    assert.ok(assets.size > 0);
    for (const response of assets) {
      assert.match(response.url(), /\/assets\/portal-[0-9a-f]{16}\.(css|js)$/);
      assert.match(response.headers()['cache-control'] ?? '', /immutable/);
    }
    for (const cookie of await customer.context.cookies(portal)) {
      const { name, httpOnly, sameSite } = cookie;
      if (new URL(issuer).hostname === cookie.domain && name.startsWith('issuer')) continue;
      assert.ok(httpOnly && ['Lax', 'Strict'].includes(sameSite), `the cookie ${name} is out of reach`);
    }
  });
}
