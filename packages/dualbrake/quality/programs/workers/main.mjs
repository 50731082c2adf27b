/** Runs `bundle.js` in workerd and asks it, many requests at a time. Writes one line of JSON: what came back. */
import { readFileSync } from 'node:fs';
import { Miniflare } from 'miniflare';

const [compatibilityDate, ...compatibilityFlags] = process.argv.slice(2);
let upstreamCalls = 0;
const worker = new Miniflare({
  modules: [{ type: 'ESModule', path: 'bundle.js', contents: readFileSync('bundle.js', 'utf8') }],
  compatibilityDate,
  compatibilityFlags,
  // Nothing of it is asked of the network.
  cf: false,
  telemetry: { enabled: false },
  outboundService: () => {
    upstreamCalls += 1;
    return new Response(`call ${upstreamCalls}`, { status: upstreamCalls < 3 ? 503 : 200 });
  },
});
const address = await worker.ready;

/** A request that takes this long never ends; the others take less than a second. */
const hangLimitMs = 30_000;

async function ask(path, id = '') {
  try {
    const answer = await fetch(new URL(`${path}?id=${id}`, address), { signal: AbortSignal.timeout(hangLimitMs) });
    const text = await answer.text();
    if (answer.headers.get('content-type') !== 'application/json') return [answer.status, text.split('\n', 1)[0]];
    const { answer: value, code } = JSON.parse(text);
    return [answer.status, code ?? value];
  } catch (error) {
    return [0, error.name];
  }
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const answers = {};
try {
  // A and B come at once, C while they run, and D when they are over.
  const together = [ask('/timeout'), ask('/timeout'), wait(60).then(() => ask('/timeout'))];
  answers.timeout = await Promise.all(together);
  answers.timeout.push(await ask('/timeout'));
  const ids = ['a', 'b', 'c', 'd'];
  const queued = [];
  for (const id of ids) {
    queued.push(ask('/bulkhead', id));
    await wait(10);
  }
  answers.bulkhead = await Promise.all(queued);
  answers.order = await ask('/order');
  const first = ask('/bulkhead-in-time', 'first');
  await wait(20);
  answers.impatient = [await ask('/bulkhead-in-time', 'second'), await first, await ask('/bulkhead-in-time', 'third')];
  answers.rate = await Promise.all(ids.map((id) => ask('/rate', id)));
  answers.retry = await Promise.all(ids.map(() => ask('/retry')));
  answers.breaker = [];
  for (const id of ['fails', 'fails', 'refused']) answers.breaker.push(await ask('/breaker', id));
  await wait(200);
  answers.breaker.push(await ask('/breaker', 'fine'), await ask('/breaker', 'fine'));
  answers.cache = await Promise.all(ids.map(() => ask('/cache')));
  answers.cached = await ask('/cache');
  answers.hedge = await Promise.all(ids.map(() => ask('/hedge')));
  const chained = [];
  for (const id of ['hangs', 'hangs', 'fine', 'fine', 'hangs', 'fine']) {
    chained.push(ask('/chain', id));
    await wait(20);
  }
  answers.chain = await Promise.all(chained);
  answers.decorators = await ask('/decorators');
  answers.fetch = await ask('/fetch');
} finally {
  process.stdout.write(JSON.stringify(answers));
  await worker.dispose();
}
