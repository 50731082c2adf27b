import type { z } from 'zod';
import type { bulkOrder } from '../contract/services.ts';
import type { BreakerView, BulkView } from '../contract.ts';
import { checkPermission } from '../http/guard.ts';
import { notFound, Problem } from '../http/problem.ts';
import type { ConsoleUser } from '../options.ts';
import { newId } from '../store/store.ts';
import { filtered } from '../views/breaker-filter.ts';
import { orderBreaker, overrideBreaker, releaseBreaker, type OrderContext } from './breaker-orders.ts';
import type { ControlPlane } from './control-plane.ts';

type BulkOrder = z.output<typeof bulkOrder>;

/** How many bulk operations can be looked up. */
const KEPT = 50;

interface Target {
  readonly id: string;
  /** What was seen; nothing where the filter has just found it. */
  readonly version: string | undefined;
}

/**
 * One order for several breakers. It acts on what was seen: by id and version, or by a filter that must still find as
 * many. Each breaker is an order of its own, with its own audit lines; one after the other, and one bulk at a time.
 */
export class BulkOperations {
  readonly #plane: ControlPlane;
  readonly #all = new Map<string, BulkView>();
  readonly #stopped = new Set<string>();
  #running: string | undefined;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  /** @throws Problem 404 */
  find(id: string): BulkView {
    const found = this.#all.get(id);
    if (found === undefined) throw notFound('such bulk operation');
    return found;
  }

  /** @throws Problem 403, 409, 422 */
  begin(request: Request, user: ConsoleUser, order: BulkOrder): BulkView {
    if (order.action === 'hold_closed') checkPermission(user, 'breaker:hold-closed', this.#plane.roleNames);
    const targets = this.#targets(order);
    const known = new Map(this.#plane.breakers().map((breaker) => [breaker.id, breaker]));
    const view: BulkView = {
      id: newId(),
      action: order.action,
      reason: order.reason,
      actor: user.name,
      state: 'planned',
      dry_run: order.dry_run ?? false,
      requested_at: this.#plane.time.nowIso(),
      ended_at: null,
      total: targets.length,
      done: 0,
      skipped: 0,
      failed: 0,
      items: targets.map(({ id, version }) => ({ id, ...plan(known.get(id), version, order.action) })),
    };
    if (view.dry_run) return counted({ ...view, ended_at: view.requested_at });
    if (this.#running !== undefined) {
      throw new Problem(
        'operation-running',
        'Already running',
        'Another bulk operation is running. Wait until it ends.',
      );
    }
    this.#running = view.id;
    this.#keep({ ...view, state: 'running' });
    void this.#run(view.id, request, user, order, targets);
    return this.find(view.id);
  }

  /** What is not done yet is left out. */
  stop(id: string): BulkView {
    const bulk = this.find(id);
    if (bulk.state === 'running') this.#stopped.add(id);
    return this.find(id);
  }

  /** Never rejects. */
  async #run(
    id: string,
    request: Request,
    user: ConsoleUser,
    order: BulkOrder,
    targets: readonly Target[],
  ): Promise<void> {
    for (const [place, target] of targets.entries()) {
      // Others get their turn between two, and a stop can be heard.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const bulk = this.find(id);
      const item = bulk.items[place];
      if (item === undefined || item.state !== 'planned') continue;
      const done = this.#stopped.has(id)
        ? ({ state: 'stopped', detail: 'Stopped before its turn.' } as const)
        : this.#carryOut(request, user, order, target);
      const items = bulk.items.map((each, at) => (at === place ? { id: each.id, ...done } : each));
      this.#keep(counted({ ...bulk, items }));
    }
    const bulk = this.find(id);
    const isStopped = bulk.items.some(({ state }) => state === 'stopped');
    this.#keep({ ...bulk, state: isStopped ? 'stopped' : 'done', ended_at: this.#plane.time.nowIso() });
    this.#running = undefined;
    this.#stopped.delete(id);
  }

  #carryOut(
    request: Request,
    user: ConsoleUser,
    { action, reason, expires_at: expiresAt }: BulkOrder,
    { id, version }: Target,
  ): Pick<BulkView['items'][number], 'state' | 'detail'> {
    const context: OrderContext = { plane: this.#plane, request, user, key: undefined, breakGlass: false, version };
    try {
      if (action === 'isolate') overrideBreaker(context, id, 'isolated', reason, expiresAt);
      else if (action === 'hold_closed') overrideBreaker(context, id, 'held_closed', reason, expiresAt);
      else if (action === 'release') releaseBreaker(context, id, reason);
      else orderBreaker(context, id, action, reason);
      return { state: 'done', detail: null };
    } catch (error) {
      if (error instanceof Problem) {
        const isSkipped = error.code === 'version-changed' || error.code === 'not-legal' || error.code === 'not-found';
        return { state: isSkipped ? 'skipped' : 'failed', detail: error.message };
      }
      this.#plane.failed(error);
      return { state: 'failed', detail: 'Failed. See the log for the reason.' };
    }
  }

  #targets({ targets, filter, expected_count: expected }: BulkOrder): readonly Target[] {
    if ((targets === undefined) === (filter === undefined)) {
      throw incomplete('/targets', 'Provide either targets, or a filter with expected_count.');
    }
    if (targets !== undefined) return targets;
    if (expected === undefined)
      throw incomplete('/expected_count', 'Provide expected_count: how many breakers the filter showed.');
    const found = filtered(this.#plane.breakers(), filter ?? {});
    if (found.length !== expected) {
      throw new Problem(
        'count-changed',
        'The filter matches other breakers now',
        `The filter matches ${found.length} breakers, not ${expected}. Review them and try again.`,
        { more: { expected, found: found.map(({ id, version }) => ({ id, version })) } },
      );
    }
    return found.map(({ id, version }) => ({ id, version }));
  }

  #keep(bulk: BulkView): void {
    this.#all.set(bulk.id, bulk);
    if (this.#all.size > KEPT) this.#all.delete(this.#all.keys().next().value ?? '');
  }
}

/** What would be done to it. */
function plan(
  breaker: BreakerView | undefined,
  version: string | undefined,
  action: BulkOrder['action'],
): Pick<BulkView['items'][number], 'state' | 'detail'> {
  if (breaker === undefined) return skip('There is no such breaker.');
  if (version !== undefined && breaker.version !== version) return skip('It has changed since you read it.');
  if (action === 'probe' && breaker.circuit === 'closed') return skip('It is closed: there is nothing to probe.');
  if (action === 'release' && breaker.override === null) return skip('It isn’t isolated or held.');
  return { state: 'planned', detail: null };
}

function skip(detail: string): { readonly state: 'skipped'; readonly detail: string } {
  return { state: 'skipped', detail };
}

function counted(bulk: BulkView): BulkView {
  const count = (state: string): number => bulk.items.filter((item) => item.state === state).length;
  return { ...bulk, done: count('done'), skipped: count('skipped'), failed: count('failed') };
}

function incomplete(pointer: string, message: string): Problem {
  return new Problem('invalid-order', 'The request is incomplete', message, {
    errors: [{ pointer, code: 'missing', message }],
  });
}
