import { isForeignPolicy } from './brand.ts';
import type { Call, CallContext, Next, Operation } from './call.ts';
import type { CallOptions } from './call-options.ts';
import { beginsInside } from './lineage.ts';
import type { Policy } from './policy.ts';

/** A built-in policy from another copy of this package: two versions in `node_modules`, or an ESM and a bundled one. */
interface ForeignPolicy extends Policy<unknown> {
  execute(operation: Operation<unknown>, options: CallOptions): Promise<unknown>;
}

/** A pipeline from another copy. */
interface ForeignPipeline {
  readonly policies: readonly Policy<unknown>[];
}

/**
 * Converts a layer so that this copy can run it. A policy from another copy runs through its own `execute` and never receives our `Call`,
 * because two copies can't access each other's private fields. Other layers are returned unchanged.
 */
export function ownLayers(layer: Policy<unknown> | ForeignPipeline): readonly Policy<unknown>[] {
  if (isForeignPipeline(layer)) return layer.policies.flatMap(ownLayers);
  return [isForeignPolicy(layer) ? wrapped(layer as ForeignPolicy) : layer];
}

/** Recognizes a pipeline by its members: policies have no `policies`, and pipelines have no `run`. */
function isForeignPipeline(layer: Policy<unknown> | ForeignPipeline): layer is ForeignPipeline {
  const { policies, execute, run } = Object(layer) as Partial<ForeignPipeline & ForeignPolicy>;
  return Array.isArray(policies) && typeof execute === 'function' && run === undefined;
}

function wrapped(foreign: ForeignPolicy): Policy<unknown> {
  const { name, kind, settings, controls, places } = foreign;
  return {
    name,
    ...(kind === undefined ? {} : { kind }),
    ...(settings === undefined ? {} : { settings }),
    ...(controls === undefined ? {} : { controls }),
    ...(places === undefined ? {} : { places }),
    report: (now) => foreign.report?.(now) ?? {},
    attach: (host) => foreign.attach?.(host),
    run: (call, next) => runForeign(foreign, call, next),
  };
}

function runForeign<T>(foreign: ForeignPolicy, call: Call<T>, next: Next<T>): Promise<unknown> {
  const { limitedTo: deadline, key, attributes, idempotent } = call;
  const signal = call.canAbort ? call.signal : undefined;
  return beginsInside(call, () =>
    foreign.execute((context) => next(asSeenBy(call, context)), { signal, deadline, key, attributes, idempotent }),
  );
}

/** Our call with the limits and attempt number that a policy from another copy has set. */
function asSeenBy<T>(call: Call<T>, { attempt, signal, deadline }: CallContext): Call<T> {
  const own = attempt === 1 ? call : call.withAttempt(call.attempt + attempt - 1);
  return own.withLimit(signal, deadline);
}
