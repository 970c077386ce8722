// A customer reads the sample month: the overview, the service with the long outage, its statement, on paper too.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { journey, phone, screens } from '../stage.mjs';

const service = 'curc-statuspage-alpine-component';
const name = 'Alpine cluster';
const month = '2026-06';

for (const screen of screens) {
  journey('a customer reads a month and why it is worth what it is', screen, async visitor => {
    const customer = await (await visitor()).sign_in('Tarnwick Laboratories');
    const { page } = customer;

    await customer.open('/');
    const overview = page.getByRole('main');
    for (const own of ['Access website', 'Data transfer node', name]) {
      await overview.getByText(own).first().waitFor();
    }
    assert.doesNotMatch(await customer.text(), /Transfer API|Documentation site/, 'no service of somebody else');
    await overview.getByRole('link', { name }).first().click();
    await page.waitForURL(url => url.pathname === `/services/${service}`);

    await customer.open(`/services/${service}?month=${month}`, 'service');
    assert.match(await page.getByRole('heading', { level: 1 }).innerText(), new RegExp(name, 'i'));
    const shown = await customer.text();
    // The longest outage: 9 June 17:01 to 10 June 19:00.
    for (const part of [/June 2026|2026-06/, /17:01/, /19:00/, /1 d(ay)? 1 h/]) assert.match(shown, part);
    await page.getByRole('main').getByRole('link', { name: /statement/i }).first().click();
    await page.waitForURL(url => url.pathname === `/statements/${service}/${month}`);

    await customer.look('statement');
    const statement = await (await customer.ask(`/statements/${service}/${month}/statement.json`)).json();
    const told = await customer.text();
    for (const part of [/breached|missed/i, /92\.1340/, /99\.95/, /931\.55/, new RegExp(statement.digest)]) {
      assert.match(told, part);
    }
    assert.equal(statement.verdict, 'breached');
    assert.equal(digest_of(statement), statement.digest, 'the digest can be computed again as the page says');
    const csv = await customer.ask(`/statements/${service}/${month}/statement.csv`);
    assert.equal(csv.status(), 200);
    assert.match(await csv.text(), new RegExp(service));

    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.getByRole('navigation').first().isVisible(), false, 'no navigation on paper');
    assert.match(plain_digest(await customer.text()), new RegExp(statement.digest), 'paper says how to verify it');
    if (screen !== phone) {
      const paper = await page.pdf({ format: 'A4' });
      assert.equal(paper.subarray(0, 5).toString(), '%PDF-');
    }
    await page.emulateMedia({ media: 'screen' });
  });
}

// SHA-256 of the canonical JSON (RFC 8785) without the digest: its names are ASCII and its numbers whole.
function digest_of({ digest: _, ...rest }) {
  return createHash('sha256').update(canonical(rest)).digest('hex');
}

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.keys(value).sort().map(name => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${fields.join(',')}}`;
}

// On paper a digest may be set in groups.
function plain_digest(text) {
  return text.replace(/([0-9a-f]{4,}) (?=[0-9a-f]{4,})/g, '$1');
}
