import { Call } from './call.ts';
import { limitAmong, type CallOptions } from './call-options.ts';

/**
 * Milliseconds until a call's deadline. Pass it to drivers that take a time limit, or send it to the services you call.
 *
 * If the driver then times out because the caller had little time left, breakers don't count that, see `CallTimeoutError.limitedBy`.
 *
 * @param context the context of the operation, or options with a deadline of the machine's monotonic clock; `undefined` outside of a call
 * @returns `Infinity` without a deadline; 0 when it has passed
 * @throws InvalidSettingsError when the deadline is not a reading of the clock, or `context` is not a context
 * @example
 * ```ts
 * const answer = await timeout({ limitMs: 2_000 }).execute((context) =>
 *   fetch('https://reports.example/lessons', { headers: { 'x-deadline-ms': String(Math.floor(remainingMs(context))) } }),
 * );
 * ```
 */
export function remainingMs(context: Pick<CallOptions, 'deadline' | 'withinMs'> | undefined): number {
  const { deadline, clock } =
    context instanceof Call ? { deadline: context.deadline, clock: context.host.clock } : limitAmong(context);
  return deadline === Infinity ? Infinity : Math.max(0, deadline - clock.now());
}
