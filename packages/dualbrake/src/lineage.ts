import { common } from './copies.ts';

/**
 * Where a call comes from. A `Call` is one, whichever copy of the package has made it; only these two fields are read.
 */
export interface Lineage {
  /** The call in whose operation this one was made; nothing where there is none, or nobody can tell. */
  readonly parent: Lineage | undefined;
  /** The call that this one was derived from: an attempt, or one with a tighter limit. */
  readonly origin: Lineage | undefined;
  /** Whether the parent is known by a context that was handed over: then it may have begun long before. */
  readonly extras: { readonly isHandedOver: boolean } | undefined;
}

/** Stands for a call for those that are made inside of it; known only when its operation has returned. */
export interface Surroundings extends Lineage {
  parent: Lineage | undefined;
  origin: Lineage | undefined;
  extras: Lineage['extras'];
}

/** How deep calls may be nested that know of each other: a job that starts its successor must not remember all before. */
const DEEPEST = 16;

/**
 * The call that a new one is made in, as far as anybody can tell: the one whose operation is being called right now, the
 * one whose context was handed over, or the ambient one.
 */
export function parentCall(given: unknown, ambient: unknown): Lineage | undefined {
  const parent = surroundings() ?? lineageOf(given) ?? lineageOf(ambient);
  let depth = 0;
  for (let above = parent; above !== undefined; above = above.parent) {
    depth += 1;
    if (depth > DEEPEST) return undefined;
  }
  return parent;
}

/** All calls that this one is part of, nearest first: those that it was derived from, and those around it. */
export function* callsAround(call: Lineage): Generator<Lineage> {
  for (let level: Lineage | undefined = call; level !== undefined; level = level.parent) {
    for (let one: Lineage | undefined = level; one !== undefined; one = one.origin) yield one;
  }
}

/** Whether a call, or one that it began inside of, was handed the context of the call around it. */
export function isHandedOver(call: Lineage): boolean {
  for (let one: Lineage | undefined = call; one !== undefined; one = one.parent) {
    if (one.extras?.isHandedOver === true) return true;
  }
  return false;
}

/** An operation has returned in which other calls were made: they learn which call it was. */
export function surround(inner: Surroundings, call: Lineage): void {
  inner.parent = call.parent;
  inner.origin = call;
  inner.extras = call.extras;
}

function surroundings(): Surroundings | undefined {
  if (common.calling === common.unasked) common.calling = { parent: undefined, origin: undefined, extras: undefined };
  return common.calling;
}

function lineageOf(context: unknown): Lineage | undefined {
  const isOne = typeof context === 'object' && context !== null && 'parent' in context && 'origin' in context;
  return isOne ? (context as Lineage) : undefined;
}
