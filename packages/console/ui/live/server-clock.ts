import { computed, signal } from '@preact/signals';

/** The server's clock minus this machine's, in milliseconds, as of the last word from the server. */
export const serverOffsetMs = signal(0);

/** Less than this is the way of the message, not a wrong clock. */
const TOLERANCE_MS = 2_000;

/** How far this machine's clock is ahead of the server's, in milliseconds; 0 when it is as good as right. */
export const clockAheadMs = computed(() => (Math.abs(serverOffsetMs.value) < TOLERANCE_MS ? 0 : -serverOffsetMs.value));

/** An instant of the server as a reading of this machine's clock. */
export function localInstant(instant: string): number {
  return Date.parse(instant) + clockAheadMs.value;
}

/** What the server's clock shows now. */
export function serverNow(): number {
  return Date.now() + serverOffsetMs.value;
}
