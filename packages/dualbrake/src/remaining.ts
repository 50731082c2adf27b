import { Call } from './call.ts';
import { limitAmong, type CallOptions } from './call-options.ts';

/**
 * Milliseconds until a call's deadline: what to give a driver that takes a limit of its own, and what to send along.
 * A driver that then runs out of time is not blamed for it, see `CallTimeoutError.limitedBy`.
 *
 * @param context what the operation was given, or options with a deadline by the machine's monotonic clock; nothing where
 *   there is none, as outside of a call
 * @returns `Infinity` without a deadline; 0 when it has passed
 * @throws InvalidSettingsError when the deadline is no reading of the clock, or the context is no context
 */
export function remainingMs(context: Pick<CallOptions, 'deadline' | 'withinMs'> | undefined): number {
  const { deadline, clock } =
    context instanceof Call ? { deadline: context.deadline, clock: context.host.clock } : limitAmong(context);
  return deadline === Infinity ? Infinity : Math.max(0, deadline - clock.now());
}
