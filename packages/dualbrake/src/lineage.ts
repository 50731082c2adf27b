import { common } from './copies.ts';

/** Where a call comes from. A `Call` is one, whichever copy of the package has made it; only these two fields are read. */
export interface Lineage {
  /**
   * For an attempt or a call with a tighter limit, the call that it was derived from; for others, the call in whose
   * operation it was made. Nothing where there is none, or nobody can tell.
   */
  readonly within: Lineage | undefined;
  /** Whether it was handed the context of that call: then that one may have begun long before. */
  readonly extras: { readonly isHandedOver: boolean } | undefined;
}

/** How far calls know of those around them: a job that starts its successor must not remember all jobs before. */
const DEEPEST = 64;

/**
 * The call that a new one is made in, as far as anybody can tell: the one whose operation is being called right now, the
 * one whose context was handed over, or the ambient one.
 */
export function parentCall(given: unknown, ambient: unknown): Lineage | undefined {
  const parent = common.calling ?? lineageOf(given) ?? lineageOf(ambient);
  let depth = 0;
  for (let around = parent; around !== undefined; around = around.within) {
    depth += 1;
    if (depth > DEEPEST) return undefined;
  }
  return parent;
}

/** Whether a call is a part of another one, or made by its operation, as far as anybody can tell. */
export function isInside(call: Lineage, outer: Lineage): boolean {
  for (let one: Lineage | undefined = call; one !== undefined; one = one.within) if (one === outer) return true;
  return false;
}

/** Lets calls that `work` makes at once know that they are part of this one. */
export function beginsInside<R>(call: Lineage, work: () => R): R {
  const { calling } = common;
  common.calling = call;
  try {
    return work();
  } finally {
    common.calling = calling;
  }
}

/** Whether a call, or one that it began inside of, was handed the context of the call around it. */
export function isHandedOver(call: Lineage): boolean {
  for (let one: Lineage | undefined = call; one !== undefined; one = one.within) {
    if (one.extras?.isHandedOver === true) return true;
  }
  return false;
}

function lineageOf(context: unknown): Lineage | undefined {
  const isOne = typeof context === 'object' && context !== null && 'within' in context && 'extras' in context;
  return isOne ? (context as Lineage) : undefined;
}
