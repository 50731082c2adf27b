import { CircuitBreakerOpenError, type Registry } from 'dualbrake';
import { systemWallClock, type WallClock } from './wall-clock.ts';

/** Causes followed, at most: a chain may be circular. */
const CAUSES_MAX = 10;

/**
 * For how much longer an operator blocks what was needed, when that is why it failed.
 *
 * @param error the error itself, or one whose cause it is
 * @returns milliseconds; nothing for every other error
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
 * For how much longer any breaker of the application is isolated: all of them guard its one database.
 *
 * @returns milliseconds; nothing while none is
 */
export function longestIsolationMs(registry: Registry): number | undefined {
  const lasting = registry.report().flatMap(({ members }) =>
    members.flatMap(({ report }) => {
      const order = report['order'] as { readonly kind?: unknown; readonly endsInMs?: unknown } | undefined;
      return order?.kind === 'isolate' && typeof order.endsInMs === 'number' ? [order.endsInMs] : [];
    }),
  );
  return lasting.length === 0 ? undefined : Math.max(...lasting);
}

/** When an isolation that lasts so much longer ends, ISO 8601 in UTC. */
export function isolationEnd(forMs: number, wallClock: WallClock = systemWallClock): string {
  return wallClock
    .now()
    .add({ milliseconds: Math.ceil(forMs) })
    .toString({ smallestUnit: 'millisecond' });
}

/** How long it still lasts, for a sentence: `30 minutes`, `hour`, after "the next". */
export function isolationText(forMs: number): string {
  const minutes = Math.max(1, Math.ceil(forMs / 60_000));
  const [count, unit] = minutes < 120 ? [minutes, 'minute'] : [Math.ceil(minutes / 60), 'hour'];
  return count === 1 ? unit : `${count} ${unit}s`;
}
