import { common } from './copies.ts';
import type { Lineage } from './shared-records.ts';

export type { Lineage } from './shared-records.ts';

/** Stands for a call in those made inside of it; linked to it when its operation has returned. */
class Placeholder implements Lineage {
  within: Lineage | undefined = undefined;
  readonly extras = undefined;
  /** By this, and not by its class, another copy of the package knows it. */
  readonly isPlaceholder = true;
}

/** Ends what began with `common.calling = common.unasked`: whoever has asked meanwhile learns which call it was. */
export function tellParent(call: Lineage): void {
  const asked = common.calling;
  if (asked !== undefined && 'isPlaceholder' in asked) (asked as Placeholder).within = call;
}

/** Maximum depth of nested calls: a job that starts its successor must not retain all previous jobs. */
const DEEPEST = 64;

/**
 * The call in which a new one is made, if known: the call whose operation is running synchronously, the call whose context was passed
 * in, or the ambient one.
 */
export function parentCall(given: unknown, ambient: unknown): Lineage | undefined {
  if (common.calling === common.unasked) common.calling = new Placeholder();
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

/** Makes this call the parent of all calls that `work` makes synchronously. */
export function beginsInside<R>(call: Lineage, work: () => R): R {
  const { calling } = common;
  common.calling = call;
  try {
    return work();
  } finally {
    common.calling = calling;
  }
}

/** Whether a call, or one of the calls around it, was passed the context of its parent. */
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
