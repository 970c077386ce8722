// The stage of the journeys: a browser, visitors who sign in by name, and the checks of every page that they see: axe,
// the policy, requests that leave, errors in the console, and nothing wider than the screen.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';

const packages = createRequire(join(setting('NINES_PACKAGES'), 'package.json'));
const { chromium } = packages('playwright-core');
const axe = readFileSync(packages.resolve('axe-core/axe.min.js'), 'utf8');

export const portal = setting('NINES_PORTAL');
export const desk = setting('NINES_DESK');
export const issuer = setting('NINES_ISSUER');
export const demo = setting('NINES_DEMO');
const shots = process.env.NINES_SHOTS;

export const desktop = { name: 'desktop', viewport: { width: 1280, height: 900 }, colorScheme: 'light' };
export const phone = {
  name: 'phone', viewport: { width: 390, height: 844 }, colorScheme: 'light', isMobile: true, hasTouch: true,
};
export const narrow = { ...phone, name: 'narrow', viewport: { width: 320, height: 640 } };
export const dark = { ...desktop, name: 'dark', colorScheme: 'dark' };
export const screens = [desktop, phone, dark];

// The directives that every page's policy must have; `unsafe-…` must not occur in it.
const policy = [
  "default-src 'none'", "style-src 'self'", "script-src 'self'", "connect-src 'self'", "form-action 'self'",
];
const answer_ms_max = 15_000;
const journey_ms_max = 180_000;

/** A journey on one screen; `act` is given a function that brings a visitor. What is held against a page fails it. */
export function journey(name, screen, act) {
  test(`${name} (${screen.name})`, { timeout: journey_ms_max }, async () => {
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: [
        '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync',
      ],
    });
    const faults = [];
    try {
      await act(options => Visitor.enter(browser, screen, faults, options));
    } finally {
      // Printed in any case: the cause of a failed step is often among them.
      for (const fault of faults) console.log(`  held against it: ${fault}`);
      await browser.close();
    }
    assert.deepEqual(faults, []);
  });
}

/** Somebody with a browser of their own: cookies, pages, and what is found wrong with these. */
export class Visitor {
  static async enter(browser, screen, faults, { scripts = true, home = portal } = {}) {
    const { name, ...looks } = screen;
    const options = { ...looks, javaScriptEnabled: scripts, locale: 'en-GB', timezoneId: 'UTC' };
    const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
    context.setDefaultTimeout(answer_ms_max);
    const visitor = new Visitor();
    Object.assign(visitor, { context, screen: name, faults, scripts, home, refusal: false });
    visitor.page = await visitor.tab();
    return visitor;
  }

  /** Opens another tab. */
  async tab() {
    const page = await this.context.newPage();
    page.on('request', request => this.#watch_request(request));
    page.on('response', response => this.#watch_response(response));
    page.on('pageerror', error => this.faults.push(`${page.url()}: a script failed: ${error.message}`));
    page.on('console', message => this.#watch_console(message));
    return page;
  }

  #watch_request(request) {
    const { origin, protocol } = new URL(request.url());
    if (origin === this.home || protocol === 'data:' || protocol === 'blob:') return;
    // Signing in is the one thing that happens elsewhere, and there nothing is fetched from anywhere else.
    if (origin === issuer && (request.isNavigationRequest() || request.frame().url().startsWith(issuer))) return;
    this.faults.push(`a request left for ${request.url()}`);
  }

  #watch_response(response) {
    const of_page = response.request().isNavigationRequest();
    if (response.status() >= 500) this.faults.push(`${response.url()}: status ${response.status()}`);
    if (!of_page || (response.headers()['content-type'] ?? '').startsWith('text/html') === false) return;
    const said = response.headers()['content-security-policy'] ?? '';
    const missing = policy.filter(part => !said.includes(part));
    if (missing.length > 0 || said.includes('unsafe-')) {
      this.faults.push(`${response.url()}: its policy is '${said}' and should say ${missing.join('; ')}`);
    }
  }

  #watch_console(message) {
    if (!['error', 'warning'].includes(message.type())) return;
    // The browser notes every page that is refused; a journey that asks for one says so.
    if (this.refusal && /status of 4\d\d/.test(message.text())) return;
    this.faults.push(`${message.location().url}: ${message.type()} in the console: ${message.text()}`);
  }

  /** Signs in through the issuer's page as the person of this name. */
  async sign_in(name) {
    await this.page.goto(`${this.home}/`);
    if (!this.page.url().startsWith(issuer)) {
      await this.look('sign-in');
      await this.page.getByRole('main').getByRole('link', { name: /sign in/i }).click();
    }
    await this.page.waitForURL(url => url.origin === issuer);
    await this.look('issuer');
    await this.page.getByRole('button', { name: new RegExp(`(^|\\W)${name}(\\W|$)`) }).first().click();
    await this.page.waitForURL(url => url.origin === this.home && !url.pathname.startsWith('/sign-in'));
    return this;
  }

  /** Goes to an address of where they are signed in and looks at it. */
  async open(path, name) {
    const response = await this.page.goto(this.home + path);
    assert.equal(response.status(), 200, `${path} answers ${response.status()}`);
    await this.look(name ?? slug(path));
    return this.page.getByRole('main');
  }

  /** Looks at the page that is shown: axe, headings, width; keeps a picture if a folder for them is given. */
  async look(name, page = this.page) {
    const where = `${name}, ${new URL(page.url()).pathname} (${this.screen})`;
    await page.waitForLoadState('load');
    assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1, `${where} has one main heading`);
    await this.#measure(where, page);
    if (this.scripts) await this.#examine(where, page);
    if (shots) await page.screenshot({ path: join(shots, `${this.screen}-${name}.png`), fullPage: true });
  }

  // On a phone `innerWidth` grows with what is too wide, so the widths are those that were set.
  async #measure(where, page) {
    const own = page.viewportSize();
    for (const width of own.width === phone.viewport.width ? [narrow.viewport.width, own.width] : [own.width]) {
      if (own.width === phone.viewport.width) await page.setViewportSize({ ...own, width });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) this.faults.push(`${where}: ${wide} pixels wide on a screen of ${width}`);
    }
  }

  // The browser runs what the debugger gives it, whatever the page's policy: nothing of the page is changed for it.
  async #examine(where, page) {
    await page.evaluate(axe);
    const found = await page.evaluate(async () => {
      const { violations } = await window.axe.run(document, { resultTypes: ['violations'], preload: false });
      return violations.map(({ id, impact, help, nodes }) => {
        return { id, impact, help, at: nodes.slice(0, 3).map(node => node.target.join(' ')) };
      });
    });
    for (const { id, impact, help, at } of found) {
      const told = `${where}: axe: ${impact}: ${help} (${id}), at ${at.join(', ')}`;
      if (impact === 'serious' || impact === 'critical') this.faults.push(told);
      else console.log(`  to be considered: ${told}`);
    }
  }

  /** The text that is shown, without its layout. */
  async text(page = this.page) {
    return plain(await page.getByRole('main').innerText());
  }

  /** Waits until the text that is shown matches; without scripts, the page is loaded again meanwhile. */
  async await_text(pattern, { within_ms = 5_000, page = this.page } = {}) {
    const until = Date.now() + within_ms;
    for (;;) {
      const text = await this.text(page);
      if (pattern.test(text)) return text;
      assert.ok(Date.now() < until, `${page.url()} does not show ${pattern} within ${within_ms} ms, but:\n${text}`);
      await page.waitForTimeout(200);
      if (!this.scripts) await page.reload();
    }
  }

  /** Fills the form that has all these fields, by their names on the wire, and returns it. */
  async fill(fields, page = this.page) {
    let form = page.locator('form');
    for (const name of Object.keys(fields)) form = form.filter({ has: page.locator(`[name="${name}"]`) });
    const folded = page.locator('details:not([open])', { has: form });
    if (await folded.count() > 0) await folded.locator('summary').first().click();
    for (const [name, value] of Object.entries(fields)) {
      const field = form.locator(`[name="${name}"]`);
      const kind = await field.first().evaluate(element => element.type);
      if (kind === 'radio') await form.locator(`[name="${name}"][value="${value}"]`).check();
      else if (kind === 'checkbox') await field.setChecked(value);
      else if (kind === 'select-one') await field.selectOption(value);
      else if (kind === 'hidden') assert.equal(await field.inputValue(), value, `the hidden field ${name}`);
      else await field.fill(value);
    }
    return form;
  }

  /** Sends a form by its last button, and returns the answer's status before any redirect. */
  async send(form, page = this.page) {
    const answered = page.waitForResponse(response => response.request().method() === 'POST');
    await form.getByRole('button').last().click();
    const { status } = await answered.then(response => ({ status: response.status() }));
    await page.waitForLoadState('load');
    return status;
  }

  /** Asks without a page, with the visitor's cookies, and does not follow redirects. */
  ask(path, options = {}) {
    const headers = { origin: this.home, ...options.headers };
    return this.context.request.fetch(this.home + path, { maxRedirects: 0, ...options, headers });
  }

  /** The visitor's token against forged forms, as it stands in a form. */
  async csrf() {
    const page = await (await this.ask('/tickets/new')).text();
    const token = page.match(/<input[^>]*name="?csrf\b[^>]*>/)?.[0].match(/value="([^"]+)"/)?.[1];
    assert.ok(token, 'the form for a new ticket has a csrf field with a value');
    return token;
  }
}

/** Text with every run of white space as one space. */
export function plain(text) {
  return text.replace(/\s+/g, ' ').trim();
}

function slug(path) {
  return path === '/' ? 'overview' : path.replace(/^\/|\?.*/g, '').replace(/[^A-Za-z0-9-]+/g, '-');
}

function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start the journeys with tests/browser/run`);
  return value;
}
