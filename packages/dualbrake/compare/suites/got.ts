import assert from 'node:assert/strict';
import { createClassifier, retry, timeout, pipeline } from 'dualbrake';
import { guardedFetch } from 'dualbrake/fetch';
import { answering, sentTo, serving } from './http.ts';
import { askedBy, type Suite } from './scenario.ts';
import { atOnce, on, rejectionOf, script, stage, watch } from './scene.ts';

const { same, onPurpose, missing } = askedBy('test/retry.ts');
const well = answering(200);
const down = answering(500);

export const got: Suite = {
  peer: 'got',
  snapshot: 'sindresorhus/got@d00d845a',
  scenarios: [
    same('A request that timed out is retried', async () => {
      const scene = stage();
      let sent = 0;
      const fetch = (): Promise<Response> => {
        sent += 1;
        return sent === 1 ? new Promise(() => {}) : Promise.resolve(new Response('well'));
      };
      const guard = guardedFetch(pipeline('p', [retry(atOnce), timeout({ limitMs: 100 })], on(scene)), { fetch });
      const call = watch(guard('https://example.com/'));
      await scene.clock.advance(100);
      assert.equal(call.status, 'fulfilled');
      assert.equal(sent, 2);
    }),
    same('The operation receives the attempt number', async () => {
      const attempts: number[] = [];
      await rejectionOf(
        retry(atOnce).execute(({ attempt }) => {
          attempts.push(attempt);
          throw new Error('down');
        }),
      );
      assert.deepEqual(attempts, [1, 2, 3]);
    }),
    same('With one attempt, nothing is retried', async () => {
      assert.equal((await sentTo([down, well], {}, { maxAttempts: 1 })).requests, 1);
    }),
    same('The retried statuses are configurable', async () => {
      const rules = [{ when: { rule: 'http.501' }, verdict: { retryable: true } }];
      assert.equal((await sentTo([answering(501), well], {}, { classify: createClassifier({ rules }) })).requests, 2);
    }),
    same('The retried error codes are configurable', async () => {
      const error = Object.assign(new Error('a code of our own'), { code: 'OH_SNAP' });
      const rules = [{ when: { code: 'OH_SNAP' }, verdict: { retryable: true } }];
      const fetch = script(error, new Response('well'));
      const guard = guardedFetch(retry({ ...atOnce, classify: createClassifier({ rules }) }), {
        fetch: fetch as () => Promise<Response>,
      });
      assert.equal(await (await guard('https://example.com/')).text(), 'well');
    }),
    same('413 with `Retry-After` is retried after that time', async () => {
      const { delaysMs } = await sentTo([answering(413, { 'retry-after': '3' }), well]);
      assert.deepEqual(delaysMs, [3_000]);
    }),
    same('413 without `Retry-After` is not retried', async () => {
      assert.equal((await sentTo([answering(413), well])).requests, 1);
    }),
    same('503 without `Retry-After` is retried', async () => {
      assert.equal((await sentTo([answering(503), well])).requests, 2);
    }),
    same('A `Retry-After` that is too long ends the attempts', async () => {
      const { requests } = await sentTo(
        [answering(503, { 'retry-after': '61' }), well],
        {},
        { maxRetryAfterMs: 60_000 },
      );
      assert.equal(requests, 1);
    }),
    same('POST is not retried', async () => {
      assert.equal((await sentTo([down, well], { method: 'POST', body: 'x' })).requests, 1);
    }),
    same('A redirect is followed after a failure', async () => {
      await serving(
        (request, response, count) => {
          if (request.url === '/well') response.end('well');
          else if (count === 1) response.writeHead(500).end();
          else response.writeHead(302, { location: '/well' }).end();
        },
        async (url) => {
          assert.equal(await (await guardedFetch(retry(atOnce))(url)).text(), 'well');
        },
      );
    }),
    same("The last attempt's response can be read", async () => {
      await serving(
        (_request, response) => response.writeHead(500).end('what went wrong'),
        async (url) => {
          const answer = await guardedFetch(retry(atOnce))(url);
          assert.deepEqual([answer.status, await answer.text()], [500, 'what went wrong']);
        },
      );
    }),
    onPurpose(
      'A request with a streaming body is not retried',
      'retried: the body is kept until the response, so it can be sent again',
      async () => {
        const body = new Blob(['hello']).stream();
        const { bodies } = await sentTo([down, well], { method: 'PUT', body, duplex: 'half' } as RequestInit);
        assert.deepEqual(bodies, ['hello', 'hello']);
      },
    ),
    same('Options are the same for each attempt', async () => {
      const seen: unknown[] = [];
      await serving(
        (request, response, count) => {
          seen.push(request.headers['x-request-id']);
          response.writeHead(count === 1 ? 500 : 200).end();
        },
        async (url) => guardedFetch(retry(atOnce))(url, { headers: { 'x-request-id': 'r-1' } }),
      );
      assert.deepEqual(seen, ['r-1', 'r-1']);
    }),
    same('Computed delays stay within the maximum', async () => {
      const { delaysMs } = await sentTo([down], {}, { baseMs: 1_000, maxMs: 1_500, maxAttempts: 4 });
      assert.deepEqual(delaysMs, [1_000, 1_500, 1_500]);
    }),
    missing('The delay can be an async function', 'delay as a function'),
    missing('A hook runs before each retry', 'an awaited hook before the next attempt'),
    missing('A got stream is retried', 'got streams'),
  ],
};
