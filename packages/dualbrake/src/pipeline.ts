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

/**
 * An element of a pipeline: a policy, or a pipeline, which is replaced by its policies.
 *
 * @example
 * ```ts
 * const usual: Layer = pipeline('usual', [retry(), timeout({ limitMs: 500 })]);
 * const students = pipeline('students', [fallback({ to: undefined }), usual]);
 * ```
 */
export type Layer = Policy<unknown> | Policy<never> | Pipeline<unknown> | Pipeline<never>;

/**
 * The type that a layer may return instead of the operation's result; `never` without a fallback.
 *
 * @example
 * ```ts
 * const orEmpty = fallback({ to: 'unknown' });
 * const name: FallbackOf<typeof orEmpty> = 'unknown';
 * ```
 */
export type FallbackOf<L> =
  L extends Pipeline<infer F> ? F : L extends { readonly $fallback?: infer F } ? Exclude<F, undefined> : never;

/**
 * A named list of policies, outermost first, that runs operations.
 *
 * @example
 * ```ts
 * const students: Pipeline = pipeline('students', [retry(), circuitBreaker(), timeout({ limitMs: 500 })]);
 * const student = await students.execute(({ signal }) => database.getStudent(id, { signal }));
 * ```
 */
export class Pipeline<F = never> {
  readonly name: string;
  readonly policies: readonly Policy<unknown>[];
  /** For the compiler only, never set. */
  declare readonly $fallback?: F;
  readonly #executor: Executor;

  /** Use `pipeline()` or `registry.pipeline()`, which infer the type of the fallback. */
  constructor(name: string, layers: readonly Layer[], host: Host) {
    if (!Array.isArray(layers)) throw new InvalidSettingsError(`pipeline "${name}"`, ['layers must be a list']);
    this.name = name;
    this.policies = layers.flatMap((layer) => (layer instanceof Pipeline ? layer.policies : ownLayers(layer)));
    checkLayers(name, this.policies);
    for (const policy of this.policies) dropRejection(policy.attach?.(host));
    const first = this.policies.reduceRight<Next<unknown>>(
      // `invoke` ends the chain. The type of the result is known per call, hence the cast.
      (next, policy, place) => linkOf(policy, next, this.policies.slice(0, place)),
      invoke,
    );
    this.#executor = new Executor(name, host, first, this.policies);
  }

  /** One sentence per pair of policies whose order makes one of them ineffective; empty if there is none. */
  get warnings(): readonly string[] {
    return orderWarnings(this.policies);
  }

  /**
   * Runs the operation through all policies.
   *
   * @param options signal, deadline and attributes of this call; inherited from the ambient context if left out
   * @returns the result of the operation, or of the fallback
   * @throws the operation's error, unchanged; the signal's reason if it has already aborted; DeadlineExceededError if the deadline has
   *   passed; the errors of the policies
   */
  execute<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<T | F> {
    return execute<T | F>(this.#executor, operation, options);
  }

  /** Like `execute`, but never rejects: returns the value or the error, with what is known about the call. */
  executeOutcome<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<Outcome<T | F>> {
    return executeOutcome<T | F>(this.#executor, operation, options);
  }

  /**
   * Like `execute`, for an operation that returns items one by one: an async generator function, or one that opens a stream.
   *
   * The call lasts until the iteration ends. Until then limits, bulkhead slots and signals apply; then it is counted as a success or a
   * failure. It is retried, or answered by a fallback, only before the first item. Stopping the iteration early closes the source and
   * is not counted as a failure.
   *
   * @param options as for `execute`; `withinMs` starts with the first `next()`
   * @returns can be iterated once. The operation starts with the first `next()`, and the source is read only on demand. `next()` rejects
   *   with the errors that `execute` would reject with.
   */
  executeStream<T>(
    operation: StreamOperation<T>,
    options?: CallOptions | AbortSignal,
  ): AsyncGenerator<T | StreamedItem<F>, void, undefined> {
    return executeStream<T | StreamedItem<F>>(this.#executor, operation, options);
  }

  /** Wraps a function: options come first, followed by its arguments. Keeps `this`, name, properties and metadata. */
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
 * @param name a low-cardinality label for events and metrics
 * @throws InvalidSettingsError when two layers have the same name, or an element is neither a policy nor a pipeline
 * @example
 * ```ts
 * const students = pipeline('students', [
 *   fallback({ to: undefined }),
 *   retry({ maxAttempts: 3 }),
 *   circuitBreaker({ name: 'database' }),
 *   timeout({ limitMs: 500 }),
 * ]);
 * const student = await students.execute(({ signal }) => database.getStudent(id, { signal }));
 * ```
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
