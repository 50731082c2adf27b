import type { BreakerAction, BreakerView, OverrideMode } from '../contract.ts';
import { isoOf } from '../wall-time.ts';
import type { ActionRequest, Effect, Intent } from './audited-actions.ts';
import type { Breakers } from './breakers.ts';
import { Problem, invalid, notPossible } from '../problem.ts';
import type { Core } from './core.ts';
import { controlOf, type Overrides } from './overrides.ts';

/** How long an override lasts by default, and at most, in milliseconds. */
const DEFAULT_MS = 30 * 60_000;
const LONGEST_MS: Readonly<Record<OverrideMode, number>> = {
  isolated: 24 * 60 * 60_000,
  held_closed: 30 * 60_000,
};

/**
 * Operators' actions on one breaker. All of them throw Problem: `not-found`, `version-changed`,
 * `audit-unavailable`.
 */
export class BreakerActions {
  readonly #core: Core;
  readonly #breakers: Breakers;
  readonly #overrides: Overrides;

  constructor(core: Core, breakers: Breakers, overrides: Overrides) {
    this.#core = core;
    this.#breakers = breakers;
    this.#overrides = overrides;
  }

  /** Changes the state once. @throws Problem not-legal when there is nothing to probe */
  act(request: ActionRequest, id: string, action: BreakerAction, reason: string): BreakerView {
    const before = this.#checked(request, id);
    if (action === 'probe' && before.circuit === 'closed') {
      const message = `Only an open or half-open breaker can be probed. ${before.name} is ${before.circuit}.`;
      const legal = before.actions.filter((each) => each !== 'probe');
      throw notPossible(message, { state: before.circuit, legal_actions: legal });
    }
    const intent = { ...intentOf(before, reason), action: `breaker.${action}` };
    return this.#core.audited.carryOut(request, intent, () => this.#control(request, before, action, reason));
  }

  /** Isolates the breaker or holds it closed. @throws Problem invalid-order when the end is too late, or past */
  override(
    request: ActionRequest,
    id: string,
    mode: OverrideMode,
    reason: string,
    expiresAt: string | undefined,
  ): BreakerView {
    const { audited, time } = this.#core;
    const before = this.#checked(request, id);
    const since = time.now();
    const endsAt = expiresAt === undefined ? since + DEFAULT_MS : Date.parse(expiresAt);
    if (endsAt <= since || endsAt > since + LONGEST_MS[mode]) {
      const message = `expires_at must be in the future and at most ${LONGEST_MS[mode] / 60_000} minutes from now, got ${expiresAt}.`;
      throw invalid('Invalid end time', '/expires_at', 'range', message);
    }
    const actor = request.user.name;
    const override = { breaker: id, mode, reason, actor, since, endsAt };
    const view = { mode, reason, actor, since: isoOf(since), ends_at: isoOf(endsAt) };
    const params = { mode, expires_at: isoOf(endsAt) };
    const apply = (): Effect<BreakerView> => {
      const effect = this.#control(request, before, controlOf[mode], reason, endsAt - since);
      this.#overrides.began(override);
      return { ...effect, after: { mode } };
    };
    return audited.carryOutAndKeep(
      request,
      { ...intentOf(before, reason), action: 'breaker.override.set', params },
      {
        keep: () => {
          this.#overrides.keep(override);
          return {
            after: { override: mode, expires_at: isoOf(endsAt) },
            result: { ...before, override: view },
          };
        },
        apply: () => apply().result,
        withoutStore: apply,
      },
    );
  }

  /** Ends the override. Without one, nothing happens. */
  release(request: ActionRequest, id: string, reason: string): BreakerView {
    const before = this.#checked(request, id);
    if (before.override === null) return before;
    const after = { override: 'none' };
    const apply = (): Effect<BreakerView> => {
      const effect = this.#control(request, before, 'release', reason);
      this.#overrides.ended(id);
      return { ...effect, after };
    };
    return this.#core.audited.carryOutAndKeep(
      request,
      { ...intentOf(before, reason), action: 'breaker.override.release' },
      {
        keep: () => {
          this.#overrides.forget(id);
          return { after, result: { ...before, override: null } };
        },
        apply: () => apply().result,
        withoutStore: apply,
      },
    );
  }

  #checked({ version }: ActionRequest, id: string): BreakerView {
    const breaker = this.#breakers.show(id);
    if (version !== undefined && version !== breaker.version && version !== '*') {
      const state = (breaker.override?.mode ?? breaker.state).replace('_', ' ');
      throw new Problem(
        'version-changed',
        'It has changed',
        `${breaker.name} has changed since you read it: it is now ${state}.`,
        { version: breaker.version, facts: { current: breaker } },
      );
    }
    return breaker;
  }

  #control(
    { user }: ActionRequest,
    before: BreakerView,
    control: string,
    reason: string,
    forMs?: number,
  ): Effect<BreakerView> {
    const { registry, members, log } = this.#core;
    const { member, groups } = members.find(before.id, 'circuit-breaker');
    const how = { reason, actor: user.name, ...(forMs === undefined ? {} : { forMs }) };
    registry.control(groups[0] ?? '', member.name, control, how);
    const after = this.#breakers.show(before.id);
    log({
      event: 'console.action',
      message: `${control} of ${before.name} was requested`,
      actor: user.id,
      target: before.id,
      action: control,
      reason,
      from: before.state,
      to: after.state,
    });
    return { after: factsOf(after), result: after };
  }
}

function intentOf(before: BreakerView, reason: string): Omit<Intent, 'action'> {
  return { target: { type: 'breaker', id: before.id }, reason, before: factsOf(before) };
}

function factsOf({ state, circuit, override, version }: BreakerView): Readonly<Record<string, unknown>> {
  return { state, circuit, override: override?.mode ?? 'none', version };
}
