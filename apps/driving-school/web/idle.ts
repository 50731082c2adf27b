import { computed, signal } from '@preact/signals';

/** How long before the end of an idle session its person is asked, in milliseconds. */
export const idleWarningMs = 2 * 60_000;

/** When the session ends unless the person does something, by this device's clock; nothing when that is not known. */
export const idleEndsAtMs = signal<number | undefined>(undefined);
/** Whether the last session on this page ended because nobody did anything. */
export const endedByIdleness = signal(false);

/** Reading of this device's clock, renewed each second while the end is near. */
const nowMs = signal(Date.now());
let timer: ReturnType<typeof setTimeout> | undefined;

/** Seconds until the session ends; nothing while that is not near. */
export const idleSecondsLeft = computed(() => {
  const endsAtMs = idleEndsAtMs.value;
  if (endsAtMs === undefined) return undefined;
  const leftMs = endsAtMs - nowMs.value;
  return leftMs <= idleWarningMs ? Math.max(0, Math.ceil(leftMs / 1_000)) : undefined;
});

/** The server has said when an idle session ends. */
export function learnIdleEnd(instant: string | undefined): void {
  clearTimeout(timer);
  nowMs.value = Date.now();
  idleEndsAtMs.value = instant === undefined ? undefined : Date.parse(instant);
  endedByIdleness.value = false;
  arm();
}

/** The session is over. */
export function forgetIdleEnd(): void {
  clearTimeout(timer);
  const endsAtMs = idleEndsAtMs.value;
  // Some seconds of grace: the two clocks need not agree.
  endedByIdleness.value = endsAtMs !== undefined && Date.now() > endsAtMs - 5_000;
  idleEndsAtMs.value = undefined;
}

function arm(): void {
  const endsAtMs = idleEndsAtMs.value;
  if (endsAtMs === undefined) return;
  const leftMs = endsAtMs - Date.now();
  if (leftMs <= 0) return;
  timer = setTimeout(
    () => {
      nowMs.value = Date.now();
      arm();
    },
    leftMs > idleWarningMs ? leftMs - idleWarningMs : 1_000,
  );
}
