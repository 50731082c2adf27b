import type { z } from 'zod';
import type { bulkBody } from '../contract/services.ts';
import type { BreakerView, BulkView } from '../contract.ts';

import { newId } from '../store/store.ts';
import { filtered } from '../views/breaker-filter.ts';
import type { ActionRequest } from './audited-actions.ts';
import type { BreakerActions } from './breaker-actions.ts';
import type { Breakers } from './breakers.ts';
import type { Core } from './core.ts';
import { checkPermission } from '../role-names.ts';
import { Problem, invalid, notFound } from '../problem.ts';

type BulkAction = z.output<typeof bulkBody>;
type Item = BulkView['items'][number];
type ItemOutcome = Pick<Item, 'state' | 'detail'>;

/** Bulk operations that are kept for lookups. */
const KEPT = 50;

interface Target {
  readonly id: string;
  /** Version that the user has seen. */
  readonly version: string;
}

/**
 * One action on several breakers, which the user selected by ID and version or by a filter and its expected number of
 * matches. Each breaker is an audited action of its own; they run one after the other, one bulk operation at a time.
 */
export class BulkOperations {
  readonly #core: Core;
  readonly #breakers: Breakers;
  readonly #actions: BreakerActions;
  readonly #all = new Map<string, BulkView>();
  readonly #stopped = new Set<string>();
  #running: string | undefined;

  constructor(core: Core, breakers: Breakers, actions: BreakerActions) {
    this.#core = core;
    this.#breakers = breakers;
    this.#actions = actions;
  }

  /** @throws Problem not-found */
  find(id: string): BulkView {
    const found = this.#all.get(id);
    if (found === undefined) throw notFound('such bulk operation');
    return found;
  }

  /** @throws Problem permission, invalid-order, count-changed, operation-running */
  begin(request: ActionRequest, action: BulkAction): BulkView {
    const { roleNames, time } = this.#core;
    if (action.action === 'hold_closed') checkPermission(request.user, 'breaker:hold-closed', roleNames);
    const all = this.#breakers.all();
    const targets = targetsOf(action, all);
    const known = new Map(all.map((breaker) => [breaker.id, breaker]));
    const view: BulkView = {
      id: newId(),
      action: action.action,
      reason: action.reason,
      actor: request.user.name,
      state: 'planned',
      dry_run: action.dry_run ?? false,
      requested_at: time.nowIso(),
      ended_at: null,
      total: targets.length,
      done: 0,
      skipped: 0,
      failed: 0,
      items: targets.map(({ id, version }) => ({ id, ...plan(known.get(id), version, action.action) })),
    };
    if (view.dry_run) return counted({ ...view, ended_at: view.requested_at });
    if (this.#running !== undefined) {
      const message = 'Another bulk operation is running. Wait until it ends.';
      throw new Problem('operation-running', 'Already running', message);
    }
    this.#running = view.id;
    this.#keep({ ...view, state: 'running' });
    void this.#run(view.id, request, action, targets);
    return this.find(view.id);
  }

  /** Skips the breakers that are still waiting. @throws Problem not-found */
  stop(id: string): BulkView {
    const bulk = this.find(id);
    if (bulk.state === 'running') this.#stopped.add(id);
    return bulk;
  }

  /** Never rejects. */
  async #run(id: string, request: ActionRequest, action: BulkAction, targets: readonly Target[]): Promise<void> {
    for (const [index, target] of targets.entries()) {
      // Lets other requests run in between, among them a stop.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const bulk = this.find(id);
      if (bulk.items[index]?.state !== 'planned') continue;
      const outcome: ItemOutcome = this.#stopped.has(id)
        ? { state: 'stopped', detail: 'Stopped before its turn.' }
        : this.#actOn(target, request, action);
      this.#keep(counted({ ...bulk, items: bulk.items.with(index, { id: target.id, ...outcome }) }));
    }
    const bulk = this.find(id);
    const isStopped = bulk.items.some(({ state }) => state === 'stopped');
    this.#keep({ ...bulk, state: isStopped ? 'stopped' : 'done', ended_at: this.#core.time.nowIso() });
    this.#running = undefined;
    this.#stopped.delete(id);
  }

  #actOn(
    { id, version }: Target,
    { user, correlationId }: ActionRequest,
    { action, reason, expires_at: expiresAt }: BulkAction,
  ): ItemOutcome {
    const actions = this.#actions;
    const request = { user, correlationId, version, breakGlass: false };
    try {
      if (action === 'isolate') actions.override(request, id, 'isolated', reason, expiresAt);
      else if (action === 'hold_closed') actions.override(request, id, 'held_closed', reason, expiresAt);
      else if (action === 'release') actions.release(request, id, reason);
      else actions.act(request, id, action, reason);
      return { state: 'done', detail: null };
    } catch (error) {
      if (error instanceof Problem) {
        const isSkipped = ['version-changed', 'not-legal', 'not-found'].includes(error.code);
        return { state: isSkipped ? 'skipped' : 'failed', detail: error.message };
      }
      this.#core.onError(error);
      return { state: 'failed', detail: 'Failed. See the log for the reason.' };
    }
  }

  #keep(bulk: BulkView): void {
    this.#all.set(bulk.id, bulk);
    if (this.#all.size > KEPT) this.#all.delete(this.#all.keys().next().value ?? '');
  }
}

function targetsOf(
  { targets, filter, expected_count: expected }: BulkAction,
  breakers: readonly BreakerView[],
): readonly Target[] {
  if ((targets === undefined) === (filter === undefined)) {
    throw incomplete('/targets', 'Provide either targets, or a filter with expected_count.');
  }
  if (targets !== undefined) return targets;
  if (expected === undefined) {
    throw incomplete('/expected_count', 'Provide expected_count: how many breakers the filter showed.');
  }
  const found = filtered(breakers, filter ?? {}).map(({ id, version }) => ({ id, version }));
  if (found.length !== expected) {
    throw new Problem(
      'count-changed',
      'The filter matches other breakers now',
      `The filter matches ${found.length} breakers, not ${expected}. Review them and try again.`,
      { facts: { expected, found } },
    );
  }
  return found;
}

/** The planned outcome for one breaker. */
function plan(breaker: BreakerView | undefined, version: string, action: BulkAction['action']): ItemOutcome {
  if (breaker === undefined) return skip('There is no such breaker.');
  if (breaker.version !== version) return skip('It has changed since you read it.');
  if (action === 'probe' && breaker.circuit === 'closed') return skip('It is closed: there is nothing to probe.');
  if (action === 'release' && breaker.override === null) return skip('It isn’t isolated or held.');
  return { state: 'planned', detail: null };
}

function skip(detail: string): ItemOutcome {
  return { state: 'skipped', detail };
}

function counted(bulk: BulkView): BulkView {
  const count = (state: string): number => bulk.items.filter((item) => item.state === state).length;
  return { ...bulk, done: count('done'), skipped: count('skipped'), failed: count('failed') };
}

function incomplete(pointer: string, message: string): Problem {
  return invalid('The request is incomplete', pointer, 'missing', message);
}
