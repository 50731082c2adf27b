import { Executor, type CallContext, type Next, type Operation } from './call.ts';
import type { CallOptions } from './call-options.ts';
import { InvalidSettingsError } from './errors.ts';
import { execute, executeOutcome, invoke, type Outcome } from './execution.ts';
import { ownLayers } from './foreign-layer.ts';
import { hostOf, hostOptions, type Host, type HostOptions } from './host.ts';
import { linkOf } from './link.ts';
import { mirrorFunction } from './mirror-function.ts';
import { orderWarnings } from './order.ts';
import type { Places, Policy } from './policy.ts';
import { checkOptions } from './settings.ts';
import { executeStream, type StreamedItem, type StreamOperation } from './stream.ts';
import { dropRejection } from './user-function.ts';

/** What a pipeline may list: policies, and pipelines, which stand for their own policies. */
export type Layer = Policy<unknown> | Policy<never> | Pipeline<unknown> | Pipeline<never>;

/** What a layer may answer instead of the operation. */
export type FallbackOf<L> =
  L extends Pipeline<infer F> ? F : L extends { readonly $fallback?: infer F } ? Exclude<F, undefined> : never;

/** A named list of policies, outermost first, that executes operations. */
export class Pipeline<F = never> {
  readonly name: string;
  readonly policies: readonly Policy<unknown>[];
  /** For the compiler only, never set. */
  declare readonly $fallback?: F;
  readonly #executor: Executor;

  /** Use `pipeline()` or `registry.pipeline()`, which know the type of the fallback. */
  constructor(name: string, layers: readonly Layer[], host: Host) {
    if (!Array.isArray(layers)) throw new InvalidSettingsError(`pipeline "${name}"`, ['layers must be a list']);
    this.name = name;
    this.policies = layers.flatMap((layer) => (layer instanceof Pipeline ? layer.policies : ownLayers(layer)));
    checkLayers(name, this.policies);
    for (const policy of this.policies) dropRejection(policy.attach?.(host));
    const first = this.policies.reduceRight<Next<unknown>>(
      // The last policy gets `invoke` itself. A policy returns what comes out, hence the one cast of the chain.
      (next, policy, place) => linkOf(policy, next, this.policies.slice(0, place)),
      invoke,
    );
    this.#executor = new Executor(name, host, first);
  }

  /** One sentence for each pair of policies whose order defeats one of them; empty when all is well. */
  get warnings(): readonly string[] {
    return orderWarnings(this.policies);
  }

  /**
   * Runs the operation through all policies.
   *
   * @param options what the caller says of this call; what is missing comes from the ambient context, if one is installed
   * @returns what the operation answers, or the fallback's answer
   * @throws the operation's own error, as it is; the signal's reason if the caller has already left;
   *   DeadlineExceededError if the deadline has passed; what the policies throw
   */
  execute<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<T | F> {
    return execute<T | F>(this.#executor, operation, options);
  }

  /** The same as `execute`, but never throws. */
  executeOutcome<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<Outcome<T | F>> {
    return executeOutcome<T | F>(this.#executor, operation, options);
  }

  /**
   * The same for an operation that answers item by item: an async generator function, or one that opens a stream. The
   * call lasts until the iteration ends: then it is counted, as the success or failure that it was, and until then limits,
   * places and signals hold. It is repeated, and answered by a fallback, only before the first item. A consumer that
   * leaves early ends the source, and says nothing about the dependency.
   *
   * @param options as for `execute`; `withinMs` begins with the first `next()`
   * @returns what to iterate, once; nothing happens before its first `next()`, and the source is asked for an item only
   *   when the consumer asks. What `execute` would throw, `next()` does.
   */
  executeStream<T>(
    operation: StreamOperation<T>,
    options?: CallOptions | AbortSignal,
  ): AsyncGenerator<T | StreamedItem<F>, void, undefined> {
    return executeStream<T | StreamedItem<F>>(this.#executor, operation, options);
  }

  /** A guarded function: the context comes first, the arguments follow. It keeps `this`, name, properties and metadata. */
  wrap<A extends unknown[], T>(
    work: (context: CallContext, ...args: A) => T | PromiseLike<T>,
  ): (options: CallOptions | AbortSignal | undefined, ...args: A) => Promise<T | F> {
    const run = this.execute.bind(this);
    return mirrorFunction(work, {
      wrapper(this: unknown, options: CallOptions | AbortSignal | undefined, ...args: A): Promise<T | F> {
        return run((context) => work.call(this, context, ...args), options);
      },
    });
  }
}

/**
 * Composes policies, outermost first.
 *
 * @param name shown to people and on metrics; low cardinality
 * @throws InvalidSettingsError when two layers have the same name, or something is no layer
 */
export function pipeline<const L extends readonly Layer[]>(
  name: string,
  layers: L,
  options: HostOptions = {},
): Pipeline<FallbackOf<L[number]>> {
  checkOptions(`pipeline "${name}"`, options, {}, hostOptions);
  return new Pipeline(name, layers, hostOf(options));
}

function checkLayers(name: string, policies: readonly Policy<unknown>[]): void {
  const issues: string[] = [];
  const names = new Set<string>();
  for (const policy of policies) {
    if (typeof policy?.run !== 'function' || typeof policy.name !== 'string') {
      issues.push('each layer must be a policy (name and run) or a pipeline');
      continue;
    }
    issues.push(...partIssues(policy));
    if (names.has(policy.name)) {
      issues.push(`two layers are named '${policy.name}': give one of them a name of its own`);
    } else names.add(policy.name);
  }
  if (typeof name !== 'string' || name === '') issues.push('name must be a non-empty string');
  if (issues.length > 0) throw new InvalidSettingsError(`pipeline "${name}"`, issues);
}

/** What is wrong with the parts that a policy may have, one sentence each. */
function partIssues(policy: Policy<unknown>): string[] {
  const { link, gate, attach }: Readonly<Record<string, unknown>> = Object(policy);
  const wrong = Object.entries({ link, gate, attach }).filter(
    ([, part]) => part !== undefined && typeof part !== 'function',
  );
  const { take, giveBack }: Partial<Record<keyof Places, unknown>> = Object(policy.places);
  const hasPlaces = policy.places === undefined || (typeof take === 'function' && typeof giveBack === 'function');
  return [
    ...wrong.map(([part]) => `${part} of the layer '${policy.name}' must be a function, or left out`),
    ...(hasPlaces ? [] : [`places of the layer '${policy.name}' must have take() and giveBack(), or be left out`]),
  ];
}
