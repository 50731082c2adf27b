import { InvalidSettingsError } from 'dualbrake';
import type { FaultOrder, FaultView } from '../contract.ts';
import type { Drills } from '../drills/drills.ts';
import type { ActionRequest, AuditedActions } from './audited-actions.ts';
import type { ChangeFeed } from './change-feed.ts';
import { Problem, notFound, notPossible } from '../problem.ts';

/** What `DrillActions` is built from. */
export interface DrillActionParts {
  readonly drills: Drills;
  readonly audited: AuditedActions;
  readonly feed: ChangeFeed;
  readonly nameOf: (id: string) => string;
}

/** Starts and stops drills for operators. */
export class DrillActions {
  readonly #parts: DrillActionParts;

  constructor(parts: DrillActionParts) {
    this.#parts = parts;
  }

  /** @throws Problem drills-disabled, not-found */
  checkTarget(target: string): void {
    const { whyNot } = this.#parts.drills;
    if (whyNot !== undefined) throw new Problem('drills-disabled', 'Drills are disabled here', whyNot);
    if (!this.#parts.drills.hasPlace(target)) throw notFound('such place for drills');
  }

  /** @throws Problem not-found */
  find(id: string): FaultView {
    const found = this.#parts.drills.find(id);
    if (found === undefined) throw notFound('such drill');
    return found;
  }

  /** @throws Problem not-legal, invalid-order, audit-unavailable */
  start(request: ActionRequest, drill: FaultOrder): FaultView {
    const { audited, drills } = this.#parts;
    if (drills.isBusy(drill.target)) {
      const message = 'A drill is already running on this target. Stop it first.';
      throw new Problem('not-legal', 'Already running', message);
    }
    const { reason, ...params } = drill;
    const target = { type: 'fault', id: drill.target };
    return audited.carryOut(request, { action: 'fault.started', target, reason, params, before: null }, () => {
      const fault = this.#start(drill, request.user.name);
      const what = `drill ${fault.kind} of ${Math.round(fault.ratio * 100)} % started`;
      this.#publish(fault, what, reason, request.user.name);
      return { after: { id: fault.id, ends_at: fault.ends_at }, result: fault };
    });
  }

  /** Works without the audit log: stopping a drill must always be possible. @throws Problem not-legal */
  stop(request: ActionRequest, id: string, reason: string | undefined): FaultView {
    const { audited, drills } = this.#parts;
    const known = this.find(id);
    if (known.state !== 'running') throw notPossible('The drill has already ended.');
    const intent = {
      action: 'fault.stopped',
      target: { type: 'fault', id: known.target },
      reason,
      params: { id },
      before: { state: known.state },
    };
    return audited.carryOut({ ...request, breakGlass: true }, intent, () => {
      const stopped = drills.stop(id, request.user.name) ?? known;
      return { after: { state: stopped.state }, result: stopped };
    });
  }

  /** Records the end of a drill, whatever ended it. */
  ended(fault: FaultView): void {
    const { id, ended_by, injected, target } = fault;
    this.#parts.audited.note('fault.ended', { type: 'fault', id: target }, { id, ended_by, injected });
    this.#publish(fault, `drill ${fault.state}`, ended_by ?? '', null);
  }

  #start(drill: FaultOrder, actor: string): FaultView {
    try {
      return this.#parts.drills.start(drill, actor);
    } catch (error) {
      if (!(error instanceof InvalidSettingsError)) throw error;
      throw new Problem('invalid-order', 'The drill is invalid', `${error.issues.join('. ')}.`, {
        issues: error.issues.map((message) => ({ pointer: '', code: 'invalid', message })),
      });
    }
  }

  #publish({ target }: FaultView, what: string, why: string, actor: string | null): void {
    this.#parts.feed.record({ kind: 'fault', target, target_name: this.#parts.nameOf(target), what, why, actor });
  }
}
