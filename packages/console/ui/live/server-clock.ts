import { computed, signal } from '@preact/signals';

/** The server's clock minus this machine's, in milliseconds, as of the last message. */
export const serverOffsetMs = signal(0);

/** Smaller differences are network latency, not a wrong clock. */
const TOLERANCE_MS = 2_000;

/** How far this machine's clock is ahead of the server's, in milliseconds; 0 within the tolerance. */
export const clockAheadMs = computed(() => (Math.abs(serverOffsetMs.value) < TOLERANCE_MS ? 0 : -serverOffsetMs.value));

/** An instant on the server's clock as a reading of this machine's clock. */
export function localInstant(instant: string): number {
  return Date.parse(instant) + clockAheadMs.value;
}

/** The current time on the server's clock. */
export function serverNow(): number {
  return Date.now() + serverOffsetMs.value;
}
