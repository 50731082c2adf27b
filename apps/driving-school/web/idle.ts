import { computed, signal } from '@preact/signals';

/** Time before the end of an idle session when the user is warned, in milliseconds. */
export const idleWarningMs = 2 * 60_000;

/** When the session ends unless there is activity, by this device's clock; undefined when unknown. */
export const idleEndsAtMs = signal<number | undefined>(undefined);
/** Whether the last session on this page ended because there was no activity. */
export const endedByIdleness = signal(false);

/** This device's clock, updated every second while the end is near. */
const nowMs = signal(Date.now());
let timer: ReturnType<typeof setTimeout> | undefined;

/** Seconds until the session ends; undefined while the end is not near. */
export const idleSecondsLeft = computed(() => {
  const endsAtMs = idleEndsAtMs.value;
  if (endsAtMs === undefined) return undefined;
  const leftMs = endsAtMs - nowMs.value;
  return leftMs <= idleWarningMs ? Math.max(0, Math.ceil(leftMs / 1_000)) : undefined;
});

/** Sets when the server ends the session unless there is activity. */
export function setIdleEnd(instant: string | undefined): void {
  clearTimeout(timer);
  nowMs.value = Date.now();
  idleEndsAtMs.value = instant === undefined ? undefined : Date.parse(instant);
  endedByIdleness.value = false;
  startTimer();
}

/** Call when the session has ended. */
export function clearIdleEnd(): void {
  clearTimeout(timer);
  const endsAtMs = idleEndsAtMs.value;
  // The clocks may differ by a few seconds.
  endedByIdleness.value = endsAtMs !== undefined && Date.now() > endsAtMs - 5_000;
  idleEndsAtMs.value = undefined;
}

function startTimer(): void {
  const endsAtMs = idleEndsAtMs.value;
  if (endsAtMs === undefined) return;
  const leftMs = endsAtMs - Date.now();
  if (leftMs <= 0) return;
  timer = setTimeout(
    () => {
      nowMs.value = Date.now();
      startTimer();
    },
    leftMs > idleWarningMs ? leftMs - idleWarningMs : 1_000,
  );
}
