import type { AttemptList } from './attempts.ts';
import type { Lineage } from './lineage.ts';
import type { ErrorRecord, Sighting } from './retried.ts';

/** What all copies of this package in a process know together, so that nested calls find each other. */
interface CommonState {
  /** The call of a retry whose operation is being called right now, in this very turn. */
  calling: Lineage | undefined;
  /** Counts attempts and failures: which of two came first. */
  sequence: number;
  /** When a retry has last given up. */
  givenUpAt: number;
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
    sequence: 0,
    givenUpAt: 0,
    attempts: new WeakMap(),
    givenUp: new WeakMap(),
    errors: new WeakMap(),
  };
  // Where the global object is frozen, each copy knows only its own.
  Reflect.defineProperty(globalThis, key, { value: state });
  return state;
}
