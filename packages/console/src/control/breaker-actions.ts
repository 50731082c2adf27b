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

export type BreakerActions = ReturnType<typeof breakerActions>;

/**
 * Operators' actions on one breaker. All of them throw Problem: `not-found`, `version-changed`, `audit-unavailable`.
 */
export function breakerActions(core: Core, breakers: Breakers, overrides: Overrides) {
  const { audited, log, members, registry, time } = core;

  const checked = ({ version }: ActionRequest, id: string): BreakerView => {
    const breaker = breakers.show(id);
    if (version === undefined || version === breaker.version || version === '*') return breaker;
    const state = (breaker.override?.mode ?? breaker.state).replace('_', ' ');
    const message = `${breaker.name} has changed since you read it: it is now ${state}.`;
    const details = { version: breaker.version, facts: { current: breaker } };
    throw new Problem('version-changed', 'It has changed', message, details);
  };

  const carryOut = (
    { user }: ActionRequest,
    before: BreakerView,
    control: string,
    reason: string,
    forMs?: number,
  ): Effect<BreakerView> => {
    const { member, groups } = members.find(before.id, 'circuit-breaker');
    const how = { reason, actor: user.name, ...(forMs === undefined ? {} : { forMs }) };
    registry.control(groups[0] ?? '', member.name, control, how);
    const after = breakers.show(before.id);
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
  };

  return {
    /** Changes the state once. @throws Problem not-legal when there is nothing to probe */
    act(request: ActionRequest, id: string, action: BreakerAction, reason: string): BreakerView {
      const before = checked(request, id);
      if (action === 'probe' && before.circuit === 'closed') {
        const message = `Only an open or half-open breaker can be probed. ${before.name} is ${before.circuit}.`;
        const legal = before.actions.filter((each) => each !== 'probe');
        throw notPossible(message, { state: before.circuit, legal_actions: legal });
      }
      const intent = { ...intentOf(before, reason), action: `breaker.${action}` };
      return audited.carryOut(request, intent, () => carryOut(request, before, action, reason));
    },

    /** Isolates the breaker or holds it closed. @throws Problem invalid-order when the end is too late, or past */
    override(
      request: ActionRequest,
      id: string,
      mode: OverrideMode,
      reason: string,
      expiresAt: string | undefined,
    ): BreakerView {
      const before = checked(request, id);
      const since = time.now();
      const endsAt = expiresAt === undefined ? since + DEFAULT_MS : Date.parse(expiresAt);
      if (endsAt <= since || endsAt > since + LONGEST_MS[mode]) {
        const minutes = LONGEST_MS[mode] / 60_000;
        const message = `expires_at must be in the future and at most ${minutes} minutes from now, got ${expiresAt}.`;
        throw invalid('Invalid end time', '/expires_at', 'range', message);
      }
      const actor = request.user.name;
      const override = { breaker: id, mode, reason, actor, since, endsAt };
      const view = { mode, reason, actor, since: isoOf(since), ends_at: isoOf(endsAt) };
      const params = { mode, expires_at: isoOf(endsAt) };
      const apply = (): Effect<BreakerView> => {
        const effect = carryOut(request, before, controlOf[mode], reason, endsAt - since);
        overrides.began(override);
        return { ...effect, after: { mode } };
      };
      const intent = { ...intentOf(before, reason), action: 'breaker.override.set', params };
      return audited.carryOutAndKeep(request, intent, {
        keep: () => {
          overrides.keep(override);
          const after = { override: mode, expires_at: isoOf(endsAt) };
          return { after, result: { ...before, override: view } };
        },
        apply: () => apply().result,
        withoutStore: apply,
      });
    },

    /** Ends the override. Without one, nothing happens. */
    release(request: ActionRequest, id: string, reason: string): BreakerView {
      const before = checked(request, id);
      if (before.override === null) return before;
      const after = { override: 'none' };
      const apply = (): Effect<BreakerView> => {
        const effect = carryOut(request, before, 'release', reason);
        overrides.ended(id);
        return { ...effect, after };
      };
      const intent = { ...intentOf(before, reason), action: 'breaker.override.release' };
      return audited.carryOutAndKeep(request, intent, {
        keep: () => {
          overrides.forget(id);
          return { after, result: { ...before, override: null } };
        },
        apply: () => apply().result,
        withoutStore: apply,
      });
    },
  };
}

function intentOf(before: BreakerView, reason: string): Omit<Intent, 'action'> {
  return { target: { type: 'breaker', id: before.id }, reason, before: factsOf(before) };
}

function factsOf({ state, circuit, override, version }: BreakerView): Readonly<Record<string, unknown>> {
  return { state, circuit, override: override?.mode ?? 'none', version };
}
