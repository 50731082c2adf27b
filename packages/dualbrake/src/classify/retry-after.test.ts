import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classify } from '../index.ts';

const now = Date.UTC(2026, 10, 30, 12, 0, 0);

function hintOf(headers: Record<string, string>, status = 429): number | undefined {
  const byRecord = classify(Object.assign(new Error('x'), { response: { status, headers } }), { now }).retryAfterMs;
  assert.equal(classify(new Response(null, { status, headers }), { now }).retryAfterMs, byRecord);
  return byRecord;
}

const dates: readonly (readonly [what: string, value: string, expected: number | undefined])[] = [
  ['a date that there is', 'Mon, 30 Nov 2026 12:00:30 GMT', 30_000],
  ['RFC 850', 'Monday, 30-Nov-26 12:00:30 GMT', 30_000],
  ['asctime', 'Mon Nov 30 12:00:30 2026', 30_000],
  ['asctime with a day of one digit', 'Tue Dec  1 12:00:00 2026', 86_400_000],
  ['a leap second', 'Mon, 30 Nov 2026 12:00:60 GMT', 60_000],
  ['a day of February that 2028 has', 'Tue, 29 Feb 2028 00:00:00 GMT', Date.UTC(2028, 1, 29) - now],
  ['a day and an hour that there are not', 'Sun, 32 Dec 2030 25:99:99 GMT', undefined],
  ['a day of February that 2027 does not have', 'Mon, 29 Feb 2027 00:00:00 GMT', undefined],
  ['day 0', 'Mon, 00 Nov 2026 12:00:00 GMT', undefined],
  ['an hour that there is not', 'Mon, 30 Nov 2026 24:00:00 GMT', undefined],
  ['a month that there is not', 'Mon, 30 Nev 2026 12:00:00 GMT', undefined],
  ['another zone', 'Mon, 30 Nov 2026 12:00:30 CET', undefined],
  ['a year of two digits more than 50 years ahead is past', 'Sunday, 06-Nov-94 08:49:37 GMT', 0],
  ['a year of two digits 52 years ahead is past', 'Friday, 06-Nov-78 08:49:37 GMT', 0],
  [
    'a year of two digits less than 50 years ahead is ahead',
    'Monday, 06-Jan-75 00:00:00 GMT',
    Date.UTC(2075, 0, 6) - now,
  ],
  ['negative', '-5', undefined],
  ['hexadecimal', '0x10', undefined],
  ['an exponent', '1e3', undefined],
  ['endless', 'Infinity', undefined],
  ['empty', '', undefined],
  ['a fraction', '1.5', 1_500],
  ['zero', '0', 0],
];

for (const [what, value, expected] of dates) {
  test(`F16: Retry-After, ${what}`, () => assert.equal(hintOf({ 'retry-after': value }, 503), expected));
}

const resets: readonly (readonly [what: string, headers: Record<string, string>, expected: number | undefined])[] = [
  ['RateLimit-Reset is a distance', { 'ratelimit-reset': '30' }, 30_000],
  ['RateLimit-Reset in epoch seconds', { 'ratelimit-reset': String(now / 1_000 + 9) }, 9_000],
  ['RateLimit-Reset in epoch milliseconds', { 'ratelimit-reset': String(now + 9_000) }, 9_000],
  ['X-RateLimit-Reset is a distance', { 'x-ratelimit-reset': '30' }, 30_000],
  ['X-RateLimit-Reset in epoch milliseconds', { 'x-ratelimit-reset': String(now + 250) }, 250],
  ['X-RateLimit-Reset as a date', { 'x-ratelimit-reset': '2026-11-30T12:00:07Z' }, 7_000],
  ['a reset that has passed', { 'x-ratelimit-reset': String(now / 1_000 - 9) }, 0],
  ['X-RateLimit-Retry-After is a distance', { 'x-ratelimit-retry-after': '4' }, 4_000],
  ['X-RateLimit-Retry-After in epoch seconds', { 'x-ratelimit-retry-after': String(now / 1_000 + 4) }, 4_000],
  ['retry-after-ms', { 'retry-after-ms': '250' }, 250],
  ['retry-after-ms with a fraction', { 'retry-after-ms': '0.5' }, 0.5],
  ['retry-after-ms that is negative', { 'retry-after-ms': '-250' }, undefined],
  ['RateLimit', { ratelimit: '"default";r=0;t=30' }, 30_000],
  ['RateLimit with its parameters the other way round', { ratelimit: '"default";t=30;r=0' }, 30_000],
  ['RateLimit of which one is left', { ratelimit: '"burst";r=5;t=2, "day";r=0;t=3600' }, 3_600_000],
  ['RateLimit of which nothing says when', { ratelimit: '"burst";r=0, "day";r=5;t=9' }, undefined],
  ['RateLimit with something left', { ratelimit: '"default";r=3;t=30' }, undefined],
  ['RateLimit of an older draft', { ratelimit: 'limit=10, remaining=0, reset=5' }, 5_000],
  ['Retry-After wins over resets', { 'retry-after': '2', 'ratelimit-reset': '99' }, 2_000],
  ['what is no hint leaves the next one', { 'retry-after': 'soon', 'ratelimit-reset': '9' }, 9_000],
];

for (const [what, headers, expected] of resets) {
  test(`F16: ${what}`, () => assert.equal(hintOf(headers), expected));
}

test('F16: a property without a unit is read only where its owner is known', () => {
  const thrown = (properties: object): number | undefined =>
    classify(Object.assign(new Error('x'), properties)).retryAfterMs;

  assert.equal(thrown({ status: 429, retryAfter: 30 }), undefined);
  assert.equal(thrown({ code: 'slack_webapi_rate_limited_error', retryAfter: 30 }), 30_000);
  assert.equal(thrown({ status: 429, retryAfterMs: 30 }), 30);
  assert.equal(thrown({ status: 429, retryAfterSeconds: '30' }), 30_000);
  assert.equal(thrown({ ok: false, error_code: 429, parameters: { retry_after: 3 } }), 3_000);
  assert.equal(thrown({ name: 'RateLimitError', status: 429, retryAfter: 300, majorParameter: 'global' }), 300);
  assert.equal(thrown({ status: 429, retryAfterMs: -1 }), undefined);
});
