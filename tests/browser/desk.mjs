// The other side of the counter: what staff and probes do, through the Lambda Invoke API of the running system.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const address = process.env.NINES_INVOKE;

/** Invokes a function; a refusal is thrown as an error with `kind` and `message`. */
export async function invoke(name, event) {
  const url = `${address}/2015-03-31/functions/${name}/invocations`;
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(event) });
  const answer = await response.json();
  if (response.status === 200 && !response.headers.has('x-amz-function-error')) return answer;
  const refusal = new Error(answer.errorMessage ?? answer.Message ?? JSON.stringify(answer));
  throw Object.assign(refusal, { kind: answer.errorType });
}

/** Has the desk carry out a command. */
export function desk(command, fields = {}) {
  return invoke('run-desk', { command, ...fields });
}

/** Records an event of a ticket, now. */
export async function happens(ticket_id, kind, fields = {}) {
  const event = { event_id: `${ticket_id}-${kind}-${Date.now()}`, ticket_id, kind, occurred_at: instant(new Date()) };
  const answer = await invoke('record-tickets', { events: [{ ...event, ...fields }] });
  assert.deepEqual(answer, { accepted: 1, duplicates: 0, quarantined: [] });
}

/**
 * The notices that an endpoint would have got so far, in order: the stand-in for SNS keeps them in the state's folder, with
 * the requests to confirm a subscription, which have no id.
 */
export async function delivered(endpoint) {
  const lines = (await readFile(join(process.env.NINES_STATE, 'delivered.ndjson'), 'utf8')).split('\n');
  return lines.filter(line => line !== '').map(line => JSON.parse(line))
    .filter(copy => copy.endpoint === endpoint && copy.notice_id !== null);
}

/** The newest month that is closed by now: months are closed a day after their end. Its start and end are given too. */
export function closed_month() {
  const then = new Date(Date.now() - 25 * 3_600_000);
  const [year, month] = [then.getUTCFullYear(), then.getUTCMonth()];
  const start = new Date(Date.UTC(year, month - 1, 1));
  return { month: instant(start).slice(0, 7), start, end: new Date(Date.UTC(year, month, 1)) };
}

/** The present month. */
export function present_month() {
  return instant(new Date()).slice(0, 7);
}

/**
 * Registers a service that has been down since noon of the closed month's last day, and closes that month: breached,
 * and open to claims for as long as the outage lasts.
 */
export async function broken_service(service_id, customer_id, name) {
  const { month, start, end } = closed_month();
  const down_from = new Date(end.getTime() - 12 * 3_600_000);
  await desk('register_service', {
    service_id, customer_id, name, plan: 'standard', monthly_fee: { minor: 50_000, currency: 'EUR' }, region: 'eu',
    activated_at: instant(start), check_interval_s: 60, max_silence_s: null,
  });
  await register_back(service_id, instant(start));
  const checks = [
    { service_id, checked_at: instant(start), status: 'up', latency_ms: 21 },
    { service_id, checked_at: instant(down_from), status: 'down' },
  ];
  assert.equal((await invoke('record-checks', { checks })).accepted, 2);
  await invoke('close-month', { month, service_id });
  // If the month closed between the service and its checks, the later checks need a restatement.
  const by = 'rig';
  await desk('restate_month', { service_id, month, reason: 'the checks came after the close', by });
  return { month, down_from };
}

/**
 * Dates a registration back: a service has claims and credits from the month of its registration on, and no journey can
 * wait for one.
 */
async function register_back(service_id, registered_at) {
  for (const kind of ['SERVICE', 'STANDING']) {
    const Key = { PK: { S: `SERVICE#${service_id}` }, SK: { S: kind } };
    const { Item } = await table('GetItem', { Key, ConsistentRead: true });
    const body = Item.body.S.replaceAll(/"registered_at":"[^"]*"/g, `"registered_at":"${registered_at}"`)
      .replaceAll(/"open_from":"[^"]*"/g, `"open_from":"${registered_at.slice(0, 7)}"`);
    assert.notEqual(body, Item.body.S);
    await table('PutItem', { Item: { ...Item, body: { S: body } } });
  }
}

async function table(operation, request) {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` };
  const body = JSON.stringify({ TableName: 'nines', ...request });
  const response = await fetch(process.env.NINES_DYNAMODB, { method: 'POST', headers, body });
  assert.equal(response.status, 200);
  return response.json();
}

/** An instant as the system writes it. */
export function instant(date) {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** Asks again until there is an answer that is not undefined. */
export async function eventually(what, ask, within_ms = 15_000) {
  const until = Date.now() + within_ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    assert.ok(Date.now() < until, `${what} does not come about within ${within_ms} ms`);
    await new Promise(resolve => setTimeout(resolve, 200));
  }
}
