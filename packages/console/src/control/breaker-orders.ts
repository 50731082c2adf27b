import type { BreakerAction, BreakerView, OverrideMode } from '../contract.ts';
import { Problem } from '../http/problem.ts';
import type { ConsoleUser } from '../options.ts';
import { isoOf } from '../wall-time.ts';
import type { AnswerParts, OrderKey } from './commands.ts';
import type { ControlPlane } from './control-plane.ts';
import { orderOf } from './overrides.ts';

/** How long an order holds when nothing is said, and how long it may at most, in milliseconds. */
const USUAL_MS = 30 * 60_000;
const LONGEST_MS: Readonly<Record<OverrideMode, number>> = {
  isolated: 24 * 60 * 60_000,
  held_closed: 30 * 60_000,
};

/** Who gives an order, and how. */
export interface OrderContext {
  readonly plane: ControlPlane;
  readonly request: Request;
  readonly user: ConsoleUser;
  readonly key: OrderKey | undefined;
  readonly breakGlass: boolean;
  /** The version that was seen; nothing when it does not matter. */
  readonly version: string | undefined;
}

/** Trip, probe or reset. @throws Problem 403, 409, 412, 503 */
export function orderBreaker(context: OrderContext, id: string, action: BreakerAction, reason: string): AnswerParts {
  const { plane, user } = context;
  const before = seen(context, id);
  if (action === 'probe' && before.circuit === 'closed') {
    throw notLegal(before, 'Only an open or half-open breaker can be probed.');
  }
  const { member, groups } = plane.listed(id, 'circuit-breaker');
  return plane.commands.carryOut(
    context.request,
    user,
    context.key,
    {
      action: `breaker.${action}`,
      target: { type: 'breaker', id },
      reason,
      params: {},
      before: facts(before),
    },
    {
      kind: 'memory',
      do() {
        plane.registry.control(groups[0] ?? '', member.name, action, { reason, actor: user.name });
        return told(context, before, action, reason);
      },
    },
    context.breakGlass,
  );
}

/** Isolates or holds closed until a moment. @throws Problem 403, 409, 412, 422, 503 */
export function overrideBreaker(
  context: OrderContext,
  id: string,
  mode: OverrideMode,
  reason: string,
  expiresAt: string | undefined,
): AnswerParts {
  const { plane, user } = context;
  const before = seen(context, id);
  const now = plane.time.now();
  const endsAt = expiresAt === undefined ? now + USUAL_MS : Date.parse(expiresAt);
  if (endsAt <= now || endsAt > now + LONGEST_MS[mode]) {
    const message = `expires_at must be in the future and at most ${LONGEST_MS[mode] / 60_000} minutes from now, got ${expiresAt}.`;
    throw new Problem('invalid-order', 'Invalid end time', message, {
      errors: [{ pointer: '/expires_at', code: 'range', message }],
    });
  }
  const { member, groups } = plane.listed(id, 'circuit-breaker');
  const kept = { breaker: id, mode, reason, actor: user.name, since: now, endsAt };
  const put = (): AnswerParts => {
    plane.registry.control(groups[0] ?? '', member.name, orderOf[mode], {
      reason,
      actor: user.name,
      forMs: endsAt - now,
    });
    plane.overrides.began(kept);
    return told(context, before, orderOf[mode], reason).answer;
  };
  const intent = {
    action: 'breaker.override.set',
    target: { type: 'breaker', id },
    reason,
    params: { mode, expires_at: isoOf(endsAt) },
    before: facts(before),
  };
  if (context.breakGlass && plane.store.file.state.state === 'failing') {
    return plane.commands.carryOut(
      context.request,
      user,
      context.key,
      intent,
      { kind: 'memory', do: () => ({ after: { mode }, answer: put() }) },
      true,
    );
  }
  return plane.commands.carryOut(context.request, user, context.key, intent, {
    kind: 'kept',
    keep: () => {
      plane.overrides.keep(kept);
      const after = {
        ...before,
        override: { mode, reason, actor: user.name, since: isoOf(now), ends_at: isoOf(endsAt) },
      };
      return { after: { override: mode, expires_at: isoOf(endsAt) }, answer: { status: 200, body: after } };
    },
    apply: put,
  });
}

/** Ends the order that holds. Ending none is no mistake: the answer is the same. @throws Problem 403, 412, 503 */
export function releaseBreaker(context: OrderContext, id: string, reason: string): AnswerParts {
  const { plane, user } = context;
  const before = seen(context, id);
  if (before.override === null) return { status: 200, body: before, headers: { etag: `"${before.version}"` } };
  const { member, groups } = plane.listed(id, 'circuit-breaker');
  const put = (): AnswerParts => {
    plane.registry.control(groups[0] ?? '', member.name, 'release', { reason, actor: user.name });
    plane.overrides.ended(id);
    return told(context, before, 'release', reason).answer;
  };
  const intent = {
    action: 'breaker.override.release',
    target: { type: 'breaker', id },
    reason,
    params: {},
    before: facts(before),
  };
  if (context.breakGlass && plane.store.file.state.state === 'failing') {
    return plane.commands.carryOut(
      context.request,
      user,
      context.key,
      intent,
      { kind: 'memory', do: () => ({ after: { override: 'none' }, answer: put() }) },
      true,
    );
  }
  return plane.commands.carryOut(context.request, user, context.key, intent, {
    kind: 'kept',
    keep: () => {
      plane.overrides.forget(id);
      return { after: { override: 'none' }, answer: { status: 200, body: { ...before, override: null } } };
    },
    apply: put,
  });
}

/** @throws Problem 412 when it has changed since it was seen */
function seen({ plane, version }: OrderContext, id: string): BreakerView {
  const breaker = plane.showBreaker(id);
  if (version !== undefined && version !== breaker.version && version !== '*') {
    throw new Problem(
      'version-changed',
      'It has changed',
      `${breaker.name} has changed since you read it: it is now ${(breaker.override?.mode ?? breaker.state).replace('_', ' ')}.`,
      { headers: { etag: `"${breaker.version}"` }, more: { current: breaker } },
    );
  }
  return breaker;
}

function notLegal(breaker: BreakerView, why: string): Problem {
  const legal = breaker.actions.filter((action) => action !== 'probe' || breaker.circuit !== 'closed');
  return new Problem('not-legal', 'Not possible now', `${why} ${breaker.name} is ${breaker.circuit}.`, {
    more: { state: breaker.circuit, legal_actions: legal },
  });
}

/** The answer is what is seen afterwards, not what was asked for. */
function told(context: OrderContext, before: BreakerView, action: string, reason: string) {
  const { plane, user } = context;
  const after = plane.showBreaker(before.id);
  plane.log({
    event: 'console.action',
    message: `${action} of ${before.name} was ordered`,
    actor: user.id,
    target: before.id,
    action,
    reason,
    from: before.state,
    to: after.state,
  });
  return { after: facts(after), answer: { status: 200, body: after, headers: { etag: `"${after.version}"` } } };
}

function facts({ state, circuit, override, version }: BreakerView): Readonly<Record<string, unknown>> {
  return { state, circuit, override: override?.mode ?? 'none', version };
}
