import { CircuitBreakerOpenError, isOfKind, type Registry } from 'dualbrake';
import { systemWallClock, type WallClock } from './wall-clock.ts';

/** Maximum number of causes followed: a chain may be circular. */
const CAUSES_MAX = 10;

/**
 * The remaining time of an operator's isolation, if that is why a call failed.
 *
 * @param error the error of the call, or one caused by it
 * @returns milliseconds; undefined for any other error
 */
export function isolatedForMs(error: unknown): number | undefined {
  let cause = error;
  for (let depth = 0; depth < CAUSES_MAX && cause !== undefined; depth += 1) {
    if (cause instanceof CircuitBreakerOpenError) return cause.isolated ? cause.retryAfterMs : undefined;
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return undefined;
}

/**
 * The longest remaining isolation of any breaker: all of them guard the one database.
 *
 * @returns milliseconds; undefined while no breaker is isolated
 */
export function longestIsolationMs(registry: Registry): number | undefined {
  const lasting = registry.report().flatMap(({ members }) =>
    members.flatMap((member) => {
      const order = isOfKind(member, 'circuit-breaker') ? member.report.order : undefined;
      return order?.kind === 'isolate' ? [order.endsInMs] : [];
    }),
  );
  return lasting.length === 0 ? undefined : Math.max(...lasting);
}

/** When an isolation with this remaining time ends, ISO 8601 in UTC. */
export function isolationEnd(forMs: number, wallClock: WallClock = systemWallClock): string {
  return wallClock
    .now()
    .add({ milliseconds: Math.ceil(forMs) })
    .toString({ smallestUnit: 'millisecond' });
}

/** The remaining time as text that follows "the next": `30 minutes`, `hour`. */
export function isolationText(forMs: number): string {
  const minutes = Math.max(1, Math.ceil(forMs / 60_000));
  const [count, unit] = minutes < 120 ? [minutes, 'minute'] : [Math.ceil(minutes / 60), 'hour'];
  return count === 1 ? unit : `${count} ${unit}s`;
}
