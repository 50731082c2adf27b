/** B52: what must compile, and, marked, what must not. Checked by the compiler, never run. */
import {
  bulkhead,
  CircuitBreaker,
  fallback,
  hedge,
  keyedBreakers,
  measure,
  pipeline,
  rateLimit,
  retry,
  staleCache,
  timeout,
  type CallContext,
  type CallOptions,
  type Policy,
} from './index.ts';
import { guardedFetch } from './fetch/index.ts';
import { circuitBreaker, fallback as fallbackDecorator, retry as retryDecorator } from './decorators/index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<T>(): <A>(_value: A, ..._proof: Equal<A, T> extends true ? [] : [never]) => void {
  return () => {};
}

/** F14: what a caller may say of a call. */
export async function callOptions(signal: AbortSignal | undefined, limit: number | undefined): Promise<void> {
  const plain = pipeline('plain', [retry()]);
  const context: Partial<CallContext> = {};
  const options: CallOptions = context;
  await plain.execute(() => 1, { signal, deadline: limit, withinMs: limit, key: undefined, attributes: undefined });
  await plain.execute((call) => plain.execute(() => 1, { ...call, idempotent: undefined }), options);
  await plain.execute(() => 1, AbortSignal.timeout(5));
  await plain.wrap((_context, id: string) => id)({ signal }, 's-1');
  // @ts-expect-error -- unknown members are refused
  await plain.execute(() => 1, { timeoutMs: 5 });
  // @ts-expect-error -- a deadline is a number
  await plain.execute(() => 1, { deadline: new Date() });
  // @ts-expect-error -- a signal, not what makes it
  await plain.execute(() => 1, { signal: new AbortController() });
}

export async function results(): Promise<void> {
  const plain = pipeline('plain', [retry(), new CircuitBreaker(), timeout({ limitMs: 1 })]);
  expectType<number>()(await plain.execute(() => 1));

  const stale = pipeline('stale', [fallback({ to: () => ({ stale: true as const }) }), retry()]);
  expectType<number | { stale: true }>()(await stale.execute(() => 1));

  const nested = pipeline('nested', [stale, new CircuitBreaker()]);
  expectType<number | { stale: true }>()(await nested.execute(async () => 1));

  const custom: Policy = { name: 'custom', run: (call, next) => next(call) };
  expectType<string>()(await pipeline('custom', [custom]).execute(() => 'x'));

  const outcome = await stale.executeOutcome(() => 1);
  if (outcome.ok) expectType<number | { stale: true }>()(outcome.value);

  const all = pipeline('all', [
    measure(),
    rateLimit({ limit: 1, perMs: 1 }),
    hedge({ delayMs: 1, idempotent: true }),
    keyedBreakers(),
    bulkhead({ limit: 1 }),
  ]);
  expectType<Date>()(await all.execute(async () => new Date()));
  const find = all.wrap((_context, id: string, count: number) => `${id} ${count}`);
  expectType<string>()(await find({}, 's-1', 2));

  expectType<Response>()(await guardedFetch(all)('https://example.org'));
  const orCopy = guardedFetch(pipeline('or copy', [fallback({ to: 'a copy' as const })]));
  expectType<Response | 'a copy'>()(await orCopy('https://example.org'));

  // @ts-expect-error -- arguments of a guarded function are checked
  void find({}, 1, 2);
  // @ts-expect-error -- only what may run twice is hedged, and that must be written
  hedge({ delayMs: 1 });
  // @ts-expect-error -- a time is needed
  rateLimit({ limit: 1 });
  // @ts-expect-error -- a limit is needed
  bulkhead({ queue: 1 });
  // @ts-expect-error -- a key is text
  staleCache({ key: () => 1 });
  // @ts-expect-error -- a rule says for which errors it is
  retry({ strategy: 'adaptive', rules: [{ delayMs: 1 }] });
  // @ts-expect-error -- a layer is a policy or a pipeline
  pipeline('wrong', [() => 1]);
  // @ts-expect-error -- a limit is needed
  timeout({});
  // @ts-expect-error -- no such strategy
  retry({ strategy: 'sometimes' });
  // @ts-expect-error -- a misspelt option
  void new CircuitBreaker({ failureTreshold: 3 });
  // @ts-expect-error -- read only
  new CircuitBreaker().state = 'open';
}

export class Decorated {
  @circuitBreaker()
  @retryDecorator({ strategy: 'exponential' })
  async method(id: string, count?: number): Promise<{ id: string; count: number | undefined }> {
    return { id, count };
  }

  // @ts-expect-error -- a getter cannot be guarded
  @retryDecorator()
  get getter(): string {
    return '';
  }

  // @ts-expect-error -- a method that answers at once cannot be guarded
  @retryDecorator()
  synchronous(): string {
    return '';
  }

  @fallbackDecorator({ to: 'a copy' })
  async text(): Promise<string> {
    return '';
  }

  // @ts-expect-error -- a string is no answer of this method
  @fallbackDecorator({ to: 'a copy' })
  async amount(): Promise<number> {
    return 1;
  }

  @retryDecorator()
  @fallbackDecorator({ to: ['a copy'] })
  async *items(): AsyncGenerator<string, void, undefined> {
    yield '';
  }

  // @ts-expect-error -- a string is no item of this method
  @fallbackDecorator({ to: ['a copy'] })
  async *amounts(): AsyncGenerator<number, void, undefined> {
    yield 1;
  }

  // @ts-expect-error -- items of a synchronous generator cannot wait
  @retryDecorator()
  *synchronousItems(): Generator<string> {
    yield '';
  }

  // @ts-expect-error -- a field cannot be guarded
  @retryDecorator()
  field = async (): Promise<string> => '';

  // @ts-expect-error -- an accessor cannot be guarded
  @retryDecorator()
  accessor accessor = async (): Promise<string> => '';
}

expectType<(id: string, count?: number) => Promise<{ id: string; count: number | undefined }>>()(
  new Decorated().method,
);
