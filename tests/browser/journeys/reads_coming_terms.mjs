// A revision of the agreement is published: the customer reads what changes and from when, before it does.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { desk, eventually, invoke, present_month } from '../desk.mjs';
import { dark, desktop, journey, narrow, phone } from '../stage.mjs';

const event = new URL('../../../functions/publish-terms/events/revision-2.json', import.meta.url);

journey('a customer reads the coming terms', desktop, async visitor => {
  const effective_from = months_ahead(3);
  const terms = { ...JSON.parse(readFileSync(event, 'utf8')), effective_from };
  await invoke('publish-terms', terms);
  const customer = await (await visitor()).sign_in('Brackwater University');

  await customer.open('/agreement');
  const told = await customer.text();
  // Premium goes from 99.95 to 99.97 %.
  for (const part of [/99\.95/, /99\.97/, month_as_shown(effective_from)]) assert.match(told, part);
  await customer.open('/agreement/2', 'agreement-coming');
  assert.match(await customer.text(), /99\.97/);
  await customer.open('/agreement/1', 'agreement-in-force');

  const month = await eventually('the notice of the terms', async () => {
    for (const month of [present_month(), effective_from]) {
      const { notices } = await desk('list_notices', { customer_id: 'cust-3', month });
      if (notices.some(notice => notice.kind === 'terms.announced')) return month;
    }
    return undefined;
  });
  await customer.open(`/notices?month=${month}`, 'notices-terms');
  assert.match(await customer.text(), /agreement|terms/i);
});

for (const screen of [phone, dark, narrow]) {
  journey('the agreement is legible, even to who has not signed in', screen, async visitor => {
    const stranger = await visitor();
    await stranger.open('/sign-in');
    await stranger.page.getByRole('main').getByRole('link', { name: /service level agreement/i }).click();
    await stranger.page.waitForURL(url => url.pathname === '/agreement');
    await stranger.look('agreement-public');
    assert.match(await stranger.text(), /99\.95/);
    const customer = await (await visitor()).sign_in('Brackwater University');
    await customer.open('/agreement');
    const told = await customer.text();
    for (const part of [/99\.9\b/, /99\.95/, /99\.99/, /15 min/, /24 h/, /72 h/]) assert.match(told, part);
  });
}

function months_ahead(number) {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + number, 1)).toISOString().slice(0, 7);
}

// As `2027-02` or as `February 2027`.
function month_as_shown(month) {
  const name = new Date(`${month}-01T00:00:00Z`).toLocaleString('en-GB', { month: 'long', timeZone: 'UTC' });
  return new RegExp(`${month}|${name} ${month.slice(0, 4)}`);
}
