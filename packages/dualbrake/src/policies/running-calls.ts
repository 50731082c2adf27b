import type { BreakerRecorder } from '../recorder.ts';

/** A running call. */
export interface RunningCall {
  readonly permit: number;
  readonly startedAt: number;
  /** Whether it is a probe. */
  readonly isTest: boolean;
  /** Receives the outcome; `undefined` if nothing is measured. */
  readonly recorder: BreakerRecorder | undefined;
  /** Whether it is in the list of calls that may become slow. */
  readonly isListed: boolean;
  /** Its position in the window, if it was counted as slow while running. */
  countedAt: number | undefined;
  newer: RunningCall | undefined;
  older: RunningCall | undefined;
}

/** Running calls, oldest first, so slow ones are at the front. Adding and removing take constant time. */
export class RunningCalls {
  #newest: RunningCall | undefined;
  /** The oldest call that `takeOverdue` has not returned yet. */
  #next: RunningCall | undefined;

  begin(permit: number, startedAt: number, isTest: boolean, recorder: BreakerRecorder | undefined): RunningCall {
    const call = unlisted(permit, startedAt, isTest, recorder, true);
    call.older = this.#newest;
    if (this.#newest !== undefined) this.#newest.newer = call;
    this.#next ??= call;
    this.#newest = call;
    return call;
  }

  end(call: RunningCall): void {
    if (!call.isListed) return;
    if (this.#next === call) this.#next = call.newer;
    if (call.older !== undefined) call.older.newer = call.newer;
    if (call.newer !== undefined) call.newer.older = call.older;
    else this.#newest = call.older;
  }

  /** Returns the oldest call that began at `startedBefore` or earlier. Returns each call once. */
  takeOverdue(startedBefore: number): RunningCall | undefined {
    const call = this.#next;
    if (call === undefined || call.startedAt > startedBefore) return undefined;
    this.#next = call.newer;
    return call;
  }
}

/** A call that is recorded, but cannot become slow and so is in no list. */
export function unlisted(
  permit: number,
  startedAt: number,
  isTest: boolean,
  recorder: BreakerRecorder | undefined,
  isListed = false,
): RunningCall {
  return { permit, startedAt, isTest, recorder, isListed, countedAt: undefined, newer: undefined, older: undefined };
}
