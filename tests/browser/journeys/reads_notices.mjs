// Two services of a region go down together: the navigation counts what is new, the list has one headline for both, and
// what was looked at is no longer counted.
import assert from 'node:assert/strict';
import { desk, eventually, instant, invoke } from '../desk.mjs';
import { desktop, journey, narrow } from '../stage.mjs';

const [customer_id, name] = ['cust-2', 'Tarnwick Laboratories'];

for (const screen of [desktop, narrow]) {
  journey('a customer reads what is new', screen, async visitor => {
    const now = Date.now();
    const [started, down] = [instant(new Date(now - 1_800_000)), instant(new Date(now - 120_000))];
    const services = ['one', 'two'].map(name => `told-${screen.name}-${name}`);
    for (const service_id of services) {
      await desk('register_service', {
        service_id, customer_id, name: `Line ${service_id}`, plan: 'standard', region: `region-${screen.name}`,
        monthly_fee: { minor: 50_000, currency: 'EUR' }, activated_at: started, check_interval_s: 60, max_silence_s: null,
      });
    }
    const checks = services.flatMap(service_id => [
      { service_id, checked_at: started, status: 'up' }, { service_id, checked_at: down, status: 'down' },
    ]);
    assert.equal((await invoke('record-checks', { checks })).accepted, checks.length);

    const customer = await (await visitor()).sign_in(name);
    const { page } = customer;
    const headline = `2 services in region-${screen.name} went down`;
    const list = page.getByRole('navigation', { name: 'Portal' }).getByRole('link', { name: /^Notices/ });
    await eventually('both outages', async () => {
      await customer.open('/notices?kind=outages');
      return (await customer.text()).includes(headline) || undefined;
    });
    assert.match(await list.innerText(), /Notices\s*\d/);
    await customer.open('/notices', `notices-new-${screen.name}`);
    assert.ok(!/\d/.test(await list.innerText()), 'what is shown is no longer new');
    const folded = page.locator('summary', { hasText: headline }).first();
    assert.match(await folded.innerText(), /New/);
    const single = page.locator('summary', { hasText: `Line ${services[0]}` }).first();
    assert.ok(!(await single.isVisible()), 'only headlines are shown');
    await folded.click();
    await single.click();
    await customer.look(`notices-unfolded-${screen.name}`);
    await page.getByRole('link', { name: 'Minute by minute' }).locator('visible=true').first().click();
    await page.waitForURL(url => url.pathname === `/services/${services[0]}`);

    await customer.open(`/notices?kind=outages&service_id=${services[1]}`, `notices-filtered-${screen.name}`);
    const own = await customer.text();
    assert.ok(own.includes(`Line ${services[1]}`) && !own.includes(headline), own);
  });
}
