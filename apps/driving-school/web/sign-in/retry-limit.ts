import { useEffect, useState } from 'preact/hooks';
import { ProblemResponse } from '../api.ts';

/** The wait when the server limits attempts without a Retry-After header, in milliseconds. */
const defaultWaitMs = 30_000;

interface RetryLimit {
  /** Starts the wait if the error is a limit on attempts. */
  observe(error: unknown): void;
  readonly disabledReason: string | undefined;
  /** The label of the button during the wait. */
  readonly buttonLabel: string | undefined;
}

/** Disables a form after too many attempts, with a countdown until the server accepts the next one. */
export function useRetryLimit(): RetryLimit {
  const [untilMs, setUntilMs] = useState(0);
  const seconds = useSecondsUntil(untilMs);
  return {
    observe(error) {
      if (!(error instanceof ProblemResponse && error.status === 429)) return;
      setUntilMs(Date.now() + (error.retryAfterMs ?? defaultWaitMs));
    },
    disabledReason: seconds > 0 ? `Too many attempts. Try again in ${seconds} s.` : undefined,
    buttonLabel: seconds > 0 ? `Try again in ${seconds} s` : undefined,
  };
}

/** Whole seconds until an instant, counting down to 0. */
function useSecondsUntil(untilMs: number): number {
  const left = (): number => Math.max(0, Math.ceil((untilMs - Date.now()) / 1_000));
  const [seconds, setSeconds] = useState(left());
  useEffect(() => {
    setSeconds(left());
    if (untilMs <= Date.now()) return undefined;
    const timer = setInterval(() => {
      setSeconds(left());
      if (left() === 0) clearInterval(timer);
    }, 1_000);
    return () => clearInterval(timer);
  }, [untilMs]);
  return seconds;
}
