import type { AttemptList } from './attempts.ts';
import type { Lineage, Surroundings } from './lineage.ts';
import type { ErrorRecord, Sighting } from './retried.ts';

/** What all copies of this package in a process know together, so that nested calls find each other. */
interface CommonState {
  /**
   * What stands for the call whose operation is being called right now, in this very turn: `unasked` until another call
   * is made inside of it, which hardly any is. To write each call here would cost more than all else that is done for
   * it: a new object in an old one is work for the garbage collector.
   */
  calling: Surroundings | undefined;
  readonly unasked: Surroundings;
  /** Counts attempts and failures: which of two came first. */
  sequence: number;
  /** How retries ended that threw this error, or answered this value; the last one of each. */
  readonly attempts: WeakMap<object, AttemptList>;
  /** What inner retries have given up on while this call ran. */
  readonly givenUp: WeakMap<Lineage, Sighting[]>;
  /** Which retries have seen an error object. */
  readonly errors: WeakMap<object, ErrorRecord>;
}

/** The number changes with the shape of what is kept: copies that do not understand each other keep apart. */
const key = Symbol.for('dualbrake.common.1');

/** Two copies of the package (two versions in `node_modules`, an ESM and a bundled one) share this one object. */
export const common: CommonState = found() ?? made();

function found(): CommonState | undefined {
  return (globalThis as { readonly [key]?: CommonState })[key];
}

function made(): CommonState {
  const state: CommonState = {
    calling: undefined,
    unasked: { parent: undefined, origin: undefined, extras: undefined },
    sequence: 0,
    attempts: new WeakMap(),
    givenUp: new WeakMap(),
    errors: new WeakMap(),
  };
  // Where the global object is frozen, each copy knows only its own.
  Reflect.defineProperty(globalThis, key, { value: state });
  return state;
}
