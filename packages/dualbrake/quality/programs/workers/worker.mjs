/** A Worker whose policies are made once, at module level, and serve all requests. */
import { bulkhead, CircuitBreaker, fallback, hedge, pipeline, rateLimit, retry, staleCache, timeout } from 'dualbrake';
import { circuitBreaker, retry as retryDecorator } from 'dualbrake/decorators';
import { toProblem } from 'dualbrake/fastify';
import { guardedFetch } from 'dualbrake/fetch';

const limit = timeout({ limitMs: 150 });
const slots = bulkhead({ limit: 1, queue: 10 });
const impatientSlots = bulkhead({ limit: 1, queue: 10, maxWaitMs: 150 });
const rate = rateLimit({ limit: 1, perMs: 100, queue: 10 });
const again = retry({ maxAttempts: 3, baseMs: 20, jitter: 'none' });
const breaker = new CircuitBreaker({ name: 'worker', failureThreshold: 2, resetTimeoutMs: 50 });
const cache = pipeline('cached', [staleCache({ key: () => 'one', freshMs: 60_000 })]);
const ahead = hedge({ delayMs: 20, idempotent: true });
const chain = pipeline('chain', [
  fallback({ to: 'a copy' }),
  retry({ maxAttempts: 2, baseMs: 10 }),
  new CircuitBreaker({ failureThreshold: 100 }),
  bulkhead({ limit: 2, queue: 20 }),
  timeout({ limitMs: 150 }),
]);
const guarded = guardedFetch(
  pipeline('upstream', [retry({ maxAttempts: 3, baseMs: 10 }), timeout({ limitMs: 10_000 })]),
);

class Service {
  calls = 0;

  @circuitBreaker()
  @retryDecorator({ baseMs: 10 })
  async get() {
    this.calls += 1;
    if (this.calls < 2) throw reset();
    return this.calls;
  }
}

function reset() {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** Longer than any limit here; an answer to it is an answer that came too late. */
const hang = async () => {
  await wait(5_000);
  return 'too late';
};

let flights = 0;
let upstreamFlights = 0;
const order = [];

const routes = {
  '/timeout': () => limit.execute(hang),
  '/bulkhead': async (id) => {
    const answer = await slots.execute(async () => {
      order.push(id);
      await wait(40);
      return id;
    });
    return answer;
  },
  '/bulkhead-in-time': (id) => impatientSlots.execute(() => (id === 'first' ? wait(1_000).then(() => id) : id)),
  '/rate': (id) => rate.execute(() => id),
  '/order': () => order.splice(0),
  '/retry': async () => {
    let calls = 0;
    return again.execute(() => {
      calls += 1;
      if (calls < 3) throw reset();
      return calls;
    });
  },
  '/breaker': (id) =>
    breaker.execute(async () => {
      await wait(1);
      if (id === 'fails') throw reset();
      return id;
    }),
  '/cache': () =>
    cache.execute(async () => {
      flights += 1;
      await wait(100);
      return { flights };
    }),
  '/hedge': async () => {
    let calls = 0;
    return ahead.execute(() => {
      calls += 1;
      return calls === 1 ? hang() : 'hedged';
    });
  },
  '/chain': (id) => chain.execute(() => (id === 'hangs' ? hang() : id)),
  '/decorators': () => new Service().get(),
  '/fetch': async () => {
    upstreamFlights += 1;
    const answer = await guarded(`http://upstream.example/${upstreamFlights}`);
    return { status: answer.status, text: await answer.text() };
  },
};

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    try {
      const answer = await routes[pathname](searchParams.get('id'));
      return Response.json({ answer });
    } catch (error) {
      const problem = toProblem(error);
      const { message, code } = error;
      return Response.json({ code, message }, { status: problem?.status ?? 500 });
    }
  },
};
