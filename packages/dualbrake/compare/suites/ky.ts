import assert from 'node:assert/strict';
import { CallTimeoutError, classify, createClassifier, pipeline, retry, timeout, type RetryOptions } from 'dualbrake';
import { guardedFetch, HttpResponseError } from 'dualbrake/fetch';
import { answering, sentTo, serving } from './http.ts';
import { askedBy, type Suite } from './scenario.ts';
import { on, rejectionOf, script, stage, turn, watch } from './scene.ts';

const { same, mended, onPurpose, missing } = askedBy('test/retry.ts');

const well = answering(200);
const down = answering(500);
const BASE_MS = 17;
const DAY_MS = 86_400_000;
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** How long the retry waits after an answer with these headers; nothing when it does not try again. */
async function delayAfter(
  headers: Readonly<Record<string, string>>,
  options: RetryOptions = {},
  status = 503,
): Promise<number | undefined> {
  const { delaysMs } = await sentTo([answering(status, headers), well], {}, { baseMs: BASE_MS, ...options });
  return delaysMs[0];
}

/** Whether a wait until a date, read from the machine's clock, is about as long as it should be. */
function assertAbout(delayMs: number | undefined, expectedMs: number): void {
  assert.ok(delayMs !== undefined && Math.abs(delayMs - expectedMs) < 30_000, `it waited ${delayMs} ms`);
}

/** `06 Nov 1994 08:49:37`, and its parts. */
function partsOf(date: Date): { readonly day: string; readonly month: string; readonly time: string } {
  const [, day = '', month = '', , time = ''] = date.toUTCString().split(' ');
  return { day, month, time };
}

function rfc850(date: Date): string {
  const { day, month, time } = partsOf(date);
  const year = String(date.getUTCFullYear()).slice(-2);
  return `${DAYS[date.getUTCDay()]}, ${day}-${month}-${year} ${time} GMT`;
}

function asctime(date: Date): string {
  const { day, month, time } = partsOf(date);
  const weekday = DAYS[date.getUTCDay()]?.slice(0, 3);
  return `${weekday} ${month} ${String(Number(day)).padStart(2, ' ')} ${time} ${date.getUTCFullYear()}`;
}

function inYears(years: number): Date {
  const date = new Date(Date.now() + 2_000);
  date.setUTCFullYear(date.getUTCFullYear() + years);
  return date;
}

/**
 * Reads a failed answer whose body hangs, in a call that must end within 250 ms.
 *
 * @param limitsMs limits of each attempt
 */
async function hangingBody(limitsMs: readonly number[]): Promise<void> {
  const scene = stage();
  const layers = limitsMs.map((limitMs) => timeout({ limitMs }));
  const guard = guardedFetch(pipeline('students', [retry({ maxAttempts: 1 }), ...layers], on(scene)));
  await serving(
    (_request, response) => response.writeHead(500).write('{"error":'),
    async (url) => {
      const answer = await guard(url, {}, { deadline: 250 });
      assert.equal(answer.status, 500);
      const text = rejectionOf(answer.text());
      await scene.clock.advance(250);
      const error = await text;
      assert.ok(error instanceof CallTimeoutError, String(error));
    },
  );
}

/** How often a retry of three attempts calls `fetch` when it fails like this. */
async function attemptsAfter(error: Error, init: RequestInit = {}): Promise<number> {
  const fetch = script(error);
  const guard = guardedFetch(retry({ strategy: 'immediate', maxAttempts: 3 }), {
    fetch: fetch as () => Promise<Response>,
  });
  assert.equal(await rejectionOf(guard('https://example.com/', init)), error);
  return fetch.calls;
}

export const ky: Suite = {
  peer: 'ky',
  snapshot: 'sindresorhus/ky@3419113',
  scenarios: [
    mended('QUERY is safe and idempotent, so it is retried by default', 'it was not retried', async () => {
      const seen = await sentTo([down, down, well], { method: 'QUERY', body: '{"foo":true}' });
      assert.deepEqual(seen.methods, ['QUERY', 'QUERY', 'QUERY']);
      assert.deepEqual(seen.bodies, ['{"foo":true}', '{"foo":true}', '{"foo":true}']);
      assert.equal(seen.status, 200);
    }),
    mended(
      'A `Retry-After` with an impossible date is ignored',
      'the 32nd of December was read as a date',
      async () => {
        assert.equal(await delayAfter({ 'retry-after': 'Sun, 32 Dec 2030 25:99:99 GMT' }), BASE_MS);
      },
    ),
    mended(
      'An RFC 850 `Retry-After` more than 50 years ahead means the past',
      'it was read as a date in 50 years, which stopped the retry',
      async () => {
        assert.equal(await delayAfter({ 'retry-after': rfc850(inYears(51)) }, { maxRetryAfterMs: DAY_MS }), 0);
      },
    ),
    mended(
      '`RateLimit-Reset` in seconds since the epoch is a point in time',
      'it was read as a wait of 56 years, which stopped the retry',
      async () => {
        const seconds = String(Math.ceil(Date.now() / 1_000) + 120);
        assertAbout(await delayAfter({ 'ratelimit-reset': seconds }, {}, 429), 120_000);
      },
    ),
    mended("The request's body stream is cancelled when `fetch` fails for good", 'it stayed open', async () => {
      let cancelled = 0;
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode('cancel me')),
        cancel: () => void (cancelled += 1),
      });
      const error = new Error('fetch failed');
      const fetch = script(error);
      const guard = guardedFetch(retry({ maxAttempts: 1 }), { fetch: fetch as () => Promise<Response> });
      const init = { method: 'POST', body, duplex: 'half' };
      assert.equal(await rejectionOf(guard('https://example.com/', init)), error);
      await turn();
      assert.deepEqual({ calls: fetch.calls, cancelled }, { calls: 1, cancelled: 1 });
    }),
    mended(
      'A total limit covers reading an error body, without a limit per attempt',
      'it waited for the body without a limit',
      () => hangingBody([]),
    ),
    mended(
      'A total limit covers reading an error body, with a longer limit per attempt',
      'it waited for the body without a limit',
      () => hangingBody([1_000]),
    ),
    mended(
      "Safari's network error with a host name is a network error",
      'treated as a programming mistake: neither retried nor counted',
      async () => {
        const error = new TypeError('Load failed (api.example.com)');
        // Safari's have none.
        error.stack = '';
        assert.equal(await attemptsAfter(error), 3);
        assert.equal(classify(error).countsAgainstBreaker, true);
      },
    ),
    mended(
      'The network error of Workers is a network error',
      'treated as a programming mistake: neither retried nor counted',
      async () => {
        assert.equal(await attemptsAfter(new TypeError('Network connection lost.')), 3);
        assert.equal(classify(new TypeError('Network connection lost.')).countsAgainstBreaker, true);
      },
    ),
    mended(
      'A body that Deno failed to read is a network error',
      'treated as a programming mistake: neither retried nor counted',
      async () => {
        const error = new TypeError('error reading a body from connection');
        assert.equal(await attemptsAfter(error), 3);
        assert.equal(classify(error).countsAgainstBreaker, true);
      },
    ),
    mended(
      "Bun 1.3's own code for a refused connection is a network error, and the request was not sent",
      'unknown, so a POST was not retried',
      async () => {
        const error = Object.assign(new Error('Unable to connect. Is the computer able to access the url?'), {
          code: 'ConnectionRefused',
        });
        assert.equal(await attemptsAfter(error, { method: 'POST', body: 'x' }), 3);
        assert.equal(classify(error).reachedServer, 'no');
      },
    ),

    same('A network error is retried', async () => {
      const cut = script(
        new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) }),
        new Response('well'),
      );
      const guard = guardedFetch(retry({ strategy: 'immediate' }), { fetch: cut as () => Promise<Response> });
      assert.equal(await (await guard('https://example.com/')).text(), 'well');
    }),
    same('A status of 500 is retried', async () => {
      assert.equal((await sentTo([down, well])).status, 200);
    }),
    same('Only certain statuses are retried', async () => {
      assert.deepEqual(
        await Promise.all(
          [400, 401, 404, 422].map(async (status) => (await sentTo([answering(status), well])).requests),
        ),
        [1, 1, 1, 1],
      );
    }),
    same('POST is not retried', async () => {
      const { requests, status } = await sentTo([down, well], { method: 'POST', body: 'x' });
      assert.deepEqual({ requests, status }, { requests: 1, status: 500 });
    }),
    same('`Retry-After: 0` means no wait', async () => {
      assert.equal(await delayAfter({ 'retry-after': '0' }, {}, 413), 0);
    }),
    same('A number in `Retry-After` is seconds, however large', async () => {
      assert.equal(await delayAfter({ 'retry-after': '1800000000' }), 1_800_000_000_000);
    }),
    same('`Retry-After: 0x10` is not a number', async () => {
      assert.equal(await delayAfter({ 'retry-after': '0x10' }), BASE_MS);
    }),
    same('A small number in `X-RateLimit-Retry-After` is a delay in seconds', async () => {
      assert.equal(await delayAfter({ 'x-ratelimit-retry-after': '2' }, {}, 429), 2_000);
    }),
    same('`Retry-After` takes precedence over `RateLimit-Reset`', async () => {
      assert.equal(await delayAfter({ 'retry-after': '1', 'ratelimit-reset': '100' }, {}, 429), 1_000);
    }),
    same('A `Retry-After` with a nonstandard date is ignored', async () => {
      assert.equal(await delayAfter({ 'retry-after': 'Sun Nov 06 1994 08:49:37 GMT' }), BASE_MS);
    }),
    same('`Retry-After` accepts RFC 850 dates', async () => {
      assertAbout(await delayAfter({ 'retry-after': rfc850(new Date(Date.now() + 2_000_000)) }), 2_000_000);
    }),
    same('`Retry-After` accepts `asctime` dates', async () => {
      assertAbout(await delayAfter({ 'retry-after': asctime(new Date(Date.now() + 2_000_000)) }), 2_000_000);
    }),
    same('`asctime` dates are GMT in every time zone', async () => {
      const zone = process.env['TZ'];
      process.env['TZ'] = 'Pacific/Kiritimati';
      try {
        assertAbout(await delayAfter({ 'retry-after': asctime(new Date(Date.now() + 2_000_000)) }), 2_000_000);
      } finally {
        if (zone === undefined) delete process.env['TZ'];
        else process.env['TZ'] = zone;
      }
    }),
    same('`Retry-After` may name a leap second', async () => {
      const minute = new Date(Date.now() + 2_000_000);
      minute.setUTCSeconds(59, 0);
      const text = minute.toUTCString().replace(':59 GMT', ':60 GMT');
      assertAbout(await delayAfter({ 'retry-after': text }), minute.getTime() + 1_000 - Date.now());
    }),
    same('A two-digit year up to 50 years ahead means the future', async () => {
      const delayMs = await delayAfter({ 'retry-after': rfc850(inYears(49)) });
      assert.ok(delayMs !== undefined && delayMs > 40 * 365 * DAY_MS, `it waited ${delayMs} ms`);
    }),
    same('`RateLimit-Reset` with a small number is a delay in seconds', async () => {
      assert.equal(await delayAfter({ 'ratelimit-reset': '2' }, {}, 429), 2_000);
    }),
    same('An empty `RateLimit-Reset` is ignored', async () => {
      assert.equal(await delayAfter({ 'ratelimit-reset': '' }, {}, 429), BASE_MS);
    }),
    same('413 with `Retry-After` is retried', async () => {
      assert.equal(await delayAfter({ 'retry-after': '2' }, {}, 413), 2_000);
    }),
    same('413 with a date in `Retry-After` is retried', async () => {
      assertAbout(await delayAfter({ 'retry-after': new Date(Date.now() + 90_000).toUTCString() }, {}, 413), 90_000);
    }),
    same('413 without `Retry-After` is not retried', async () => {
      assert.equal(await delayAfter({}, {}, 413), undefined);
    }),
    same('500 with `Retry-After` waits that long', async () => {
      assert.equal(await delayAfter({ 'retry-after': '2' }, {}, 500), 2_000);
    }),
    same('The number of attempts limits the requests', async () => {
      assert.equal((await sentTo([down], {}, { maxAttempts: 4 })).requests, 4);
    }),
    missing('The retried methods are an option', 'list of retried methods (`idempotent` decides per call)'),
    onPurpose(
      'A `Retry-After` above the limit is capped',
      'the retry stops, since an earlier call would be useless (pitfall P35)',
      async () => {
        assert.equal(await delayAfter({ 'retry-after': '120' }, { maxRetryAfterMs: 60_000 }), undefined);
      },
    ),
    same('An invalid `Retry-After` is ignored', async () => {
      assert.equal(await delayAfter({ 'retry-after': 'soon' }), BASE_MS);
    }),
    same('413 with an invalid `Retry-After` uses the computed delay', async () => {
      assert.equal(await delayAfter({ 'retry-after': 'soon' }, {}, 413), BASE_MS);
    }),
    same('408 is retried', async () => {
      assert.equal((await sentTo([answering(408), well])).status, 200);
    }),
    same('With one attempt nothing is retried', async () => {
      assert.equal((await sentTo([down, well], {}, { maxAttempts: 1 })).requests, 1);
    }),
    same('A streaming body arrives with a single attempt', async () => {
      const body = new Blob(['hello stream']).stream();
      const { bodies } = await sentTo([well], { method: 'POST', body, duplex: 'half' } as RequestInit, {
        maxAttempts: 1,
      });
      assert.deepEqual(bodies, ['hello stream']);
    }),
    same('A streaming body is sent again with the second attempt', async () => {
      const body = new Blob(['hello stream']).stream();
      const { bodies } = await sentTo([down, well], { method: 'PUT', body, duplex: 'half' } as RequestInit);
      assert.deepEqual(bodies, ['hello stream', 'hello stream']);
    }),
    same('An option that is `undefined` keeps its default', async () => {
      assert.equal((await sentTo([down], {}, { maxAttempts: undefined } as object)).requests, 3);
    }),
    same('Computed delays stay within the maximum', async () => {
      const { delaysMs } = await sentTo([down], {}, { baseMs: 1_000, maxMs: 1_500, maxAttempts: 5 });
      assert.deepEqual(delaysMs, [1_000, 1_500, 1_500, 1_500]);
    }),
    same('Full jitter draws from zero to the whole delay', async () => {
      const { delaysMs } = await sentTo([down], {}, { jitter: 'full', random: () => 0.25, baseMs: 1_000 });
      assert.deepEqual(delaysMs, [250, 500]);
    }),
    same('Jitter stays within the maximum', async () => {
      const options = { jitter: 'full', random: () => 0.5, baseMs: 1_000, maxMs: 600, maxAttempts: 4 } as const;
      assert.deepEqual((await sentTo([down], {}, options)).delaysMs, [300, 300, 300]);
    }),
    same('Jitter does not shorten a wait requested by the server', async () => {
      assert.equal(await delayAfter({ 'retry-after': '2' }, { jitter: 'full', random: () => 0 }), 2_000);
    }),
    missing('Jitter can be a function', 'jitter as a function'),
    missing('The delay can be a function', 'delay as a function'),
    same('Each attempt gets the full limit per attempt', async () => {
      const scene = stage();
      let calls = 0;
      const guard = pipeline('each', [retry({ strategy: 'immediate' }), timeout({ limitMs: 100 })], on(scene));
      const call = watch(
        guard.execute(() => {
          calls += 1;
          return new Promise(() => {});
        }),
      );
      await scene.clock.advance(299);
      assert.deepEqual({ calls, status: call.status }, { calls: 3, status: 'pending' });
      await scene.clock.advance(1);
      assert.equal(call.status, 'rejected');
    }),
    same('A total limit takes precedence over the number of attempts', async () => {
      const scene = stage();
      const operation = script(new Error('down'));
      const guard = pipeline(
        'total',
        [timeout({ limitMs: 250 }), retry({ baseMs: 100, factor: 1, jitter: 'none', maxAttempts: 10 })],
        on(scene),
      );
      const call = watch(guard.execute(operation));
      await scene.clock.advance(1_000);
      assert.equal(call.status, 'rejected');
      assert.equal(operation.calls, 3);
    }),
    same('A requested wait that exceeds the total limit is not started', async () => {
      const scene = stage();
      const error = Object.assign(new Error('503'), { status: 503, headers: { 'retry-after': '10' } });
      const operation = script(error);
      const guard = pipeline('total', [timeout({ limitMs: 250 }), retry({ maxAttempts: 5 })], on(scene));
      assert.equal(await rejectionOf(guard.execute(operation)), error);
      assert.equal(operation.calls, 1);
    }),
    same('A predicate can stop the attempts', async () => {
      const never = createClassifier({ rules: [{ when: () => true, verdict: { retryable: false } }] });
      assert.equal((await sentTo([down, well], {}, { classify: never })).requests, 1);
    }),
    same('A predicate can make other errors retryable', async () => {
      const always = createClassifier({ rules: [{ when: () => true, verdict: { retryable: true } }] });
      assert.equal((await sentTo([answering(404), well], {}, { classify: always })).requests, 2);
    }),
    onPurpose(
      'An error thrown by a predicate is the outcome',
      "the operation's error is the outcome (B10, pitfall P43)",
      async () => {
        const operation = script(new Error('down'));
        const broken = createClassifier({
          rules: [
            {
              when: () => {
                throw new Error('the predicate is broken');
              },
              verdict: { retryable: false },
            },
          ],
        });
        const error = await rejectionOf(retry({ strategy: 'immediate', classify: broken }).execute(operation));
        assert.equal(error instanceof Error && error.message, 'down');
      },
    ),
    same('A predicate receives an error with the response', async () => {
      const asked: unknown[] = [];
      const asking = createClassifier({
        rules: [{ when: (error) => (asked.push(error), false), verdict: { retryable: false } }],
      });
      await sentTo([answering(404)], {}, { classify: asking });
      assert.ok(asked[0] instanceof HttpResponseError && asked[0].response.status === 404);
    }),
    same('A `TypeError` from a programming mistake is not retried', async () => {
      assert.equal(await attemptsAfter(new TypeError("Cannot read properties of undefined (reading 'x')")), 1);
    }),
    same('A network error is not retried for POST if the request may have been sent', async () => {
      assert.equal(await attemptsAfter(new TypeError('Failed to fetch'), { method: 'POST', body: 'x' }), 1);
    }),
    same("A browser's network error is retried", async () => {
      assert.equal(await attemptsAfter(new TypeError('Failed to fetch')), 3);
    }),
    same('A connection closed by the server is retried', async () => {
      await serving(
        (_request, response, count) => (count === 1 ? response.destroy() : response.end('well')),
        async (url) => {
          const answer = await guardedFetch(retry({ strategy: 'immediate' }))(url);
          assert.equal(await answer.text(), 'well');
        },
      );
    }),
  ],
};
