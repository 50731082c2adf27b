/** What must compile, and, marked, what must not. Checked by the compiler, never run. */
import { CircuitBreaker, fallback, pipeline, retry, timeout, type Policy } from './index.ts';
import { circuitBreaker, fallback as fallbackDecorator, retry as retryDecorator } from './decorators/index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<T>(): <A>(_value: A, ..._proof: Equal<A, T> extends true ? [] : [never]) => void {
  return () => {};
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
}

expectType<(id: string, count?: number) => Promise<{ id: string; count: number | undefined }>>()(
  new Decorated().method,
);
