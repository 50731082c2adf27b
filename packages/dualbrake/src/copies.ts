import type { AttemptList, ErrorRecord, Lineage, Sighting } from './shared-records.ts';

/** State that all copies of this package in a process share, so that nested calls recognize each other. */
interface CommonState {
  /** The call whose operation is running synchronously, or `unasked`, or a placeholder for it. Only of calls that inner ones need to know. */
  calling: Lineage | undefined;
  /**
   * Stands for the running call until a call inside of it asks for its parent. This object is old, so storing it in this one is cheap;
   * storing each new call costs a write barrier of the garbage collector.
   */
  readonly unasked: Lineage;
  /** Counts attempts and failures: which of two came first. */
  sequence: number;
  /** When a retry has last given up. */
  givenUpAt: number;
  /** The attempts of the last retry that threw this error or returned this value. */
  readonly attempts: WeakMap<object, AttemptList>;
  /** Errors that inner retries gave up on while this call ran. */
  readonly givenUp: WeakMap<Lineage, Sighting[]>;
  /** Which retries have seen an error object. */
  readonly errors: WeakMap<object, ErrorRecord>;
}

/** Increment the number when the shape of the state changes, so that incompatible copies don't share it. */
const key = Symbol.for('dualbrake.common.1');

/** All copies of the package (two versions in `node_modules`, or an ESM and a bundled one) share this object. */
export const common: CommonState = found() ?? made();

function found(): CommonState | undefined {
  return (globalThis as { readonly [key]?: CommonState })[key];
}

function made(): CommonState {
  const state: CommonState = {
    calling: undefined,
    unasked: Object.freeze({ within: undefined, extras: undefined }),
    sequence: 0,
    givenUpAt: 0,
    attempts: new WeakMap(),
    givenUp: new WeakMap(),
    errors: new WeakMap(),
  };
  // If the global object is frozen, each copy has its own state.
  Reflect.defineProperty(globalThis, key, { value: state });
  return state;
}
