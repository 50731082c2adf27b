/** Uses the core as a program does. It must come to the same in Node, browsers and edge workers. */
import { attemptsOf, bulkhead, CircuitBreaker, fallback, pipeline, retry, timeout } from 'dualbrake';

export async function exerciseCore(): Promise<Readonly<Record<string, unknown>>> {
  return {
    breaker: await breakerThatOpens(),
    retry: await retryThatSucceeds(),
    timeout: await outcomeOf(timeout({ limitMs: 1 }).execute(never)),
    bulkhead: await bulkheadThatRefuses(),
    pipeline: await pipelineThatAnswers(),
    signal: await callerThatLeaves(),
  };
}

/** What `exerciseCore` must answer. */
export const expectedOfCore = {
  breaker: ['ECONNRESET', 'ECONNRESET', 'CIRCUIT_OPEN', 'open'],
  retry: { answer: 'fine', calls: 3 },
  timeout: 'CALL_TIMEOUT',
  bulkhead: ['BULKHEAD_FULL', 'first'],
  pipeline: { ok: true, value: 'copy', attempts: 2, fromFallback: true },
  signal: ['left', 1],
};

async function breakerThatOpens(): Promise<unknown[]> {
  const breaker = new CircuitBreaker({ name: 'exercise', failureThreshold: 2 });
  const answers: unknown[] = [];
  for (let call = 0; call < 3; call += 1) answers.push(await outcomeOf(breaker.execute(reset)));
  return [...answers, breaker.state];
}

async function retryThatSucceeds(): Promise<unknown> {
  let calls = 0;
  const answer = await retry({ strategy: 'immediate' }).execute(() => {
    calls += 1;
    return calls < 3 ? reset() : 'fine';
  });
  return { answer, calls };
}

async function bulkheadThatRefuses(): Promise<unknown[]> {
  const slots = bulkhead({ limit: 1 });
  const { promise, resolve } = Promise.withResolvers<string>();
  const running = slots.execute(() => promise);
  const refused = await outcomeOf(slots.execute(() => 'second'));
  resolve('first');
  return [refused, await running];
}

async function pipelineThatAnswers(): Promise<unknown> {
  const read = pipeline('exercise.read', [
    fallback({ to: 'copy' }),
    retry({ strategy: 'exponential', maxAttempts: 2, baseMs: 1 }),
    new CircuitBreaker(),
    timeout({ limitMs: 60_000 }),
  ]);
  const { ok, value, attempts, fromFallback } = await read.executeOutcome(reset);
  return { ok, value, attempts, fromFallback };
}

async function callerThatLeaves(): Promise<unknown[]> {
  const caller = new AbortController();
  let calls = 0;
  const failed = retry({ strategy: 'immediate' }).execute(
    ({ signal }) => {
      calls += 1;
      caller.abort(Object.assign(new Error('the caller has left'), { code: 'left' }));
      signal.throwIfAborted();
    },
    { signal: caller.signal },
  );
  const error = await failed.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return [(error as { code?: unknown }).code, attemptsOf(error)?.length ?? calls];
}

function reset(): never {
  throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
}

function never(): Promise<never> {
  return new Promise(() => {});
}

/** The code of the error, or the answer. */
function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => (error as { code?: unknown }).code);
}
