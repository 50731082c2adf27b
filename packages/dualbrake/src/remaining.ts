import { Call, type CallContext } from './call.ts';
import { systemClock } from './clock.ts';

/**
 * Milliseconds until a call's deadline: what to give a driver that takes a limit of its own, and what to send along.
 *
 * @returns `Infinity` without a deadline; 0 when it has passed
 */
export function remainingMs(context: Pick<CallContext, 'deadline'>): number {
  const { deadline } = context;
  if (deadline === Infinity) return Infinity;
  const clock = context instanceof Call ? context.host.clock : systemClock;
  return Math.max(0, deadline - clock.now());
}
