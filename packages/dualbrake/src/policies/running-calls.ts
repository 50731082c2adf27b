import type { BreakerRecorder } from '../recorder.ts';

/** A call that is under way. */
export interface RunningCall {
  readonly permit: number;
  readonly startedAt: number;
  /** Whether it tests an open circuit. */
  readonly isTest: boolean;
  /** Is told how it ends; nothing where nobody measures. */
  readonly recorder: BreakerRecorder | undefined;
  /** Whether it stands in the list of those that may become slow. */
  readonly isListed: boolean;
  /** Its place in the window when it was counted as slow while it ran. */
  countedAt: number | undefined;
  newer: RunningCall | undefined;
  older: RunningCall | undefined;
}

/** Calls under way, oldest first: those that are slow already stand in front. Adding and removing cost the same always. */
export class RunningCalls {
  #newest: RunningCall | undefined;
  /** The oldest that has not been taken as overdue. */
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

  /** The oldest call that began at `startedBefore` or earlier and has not been taken yet; each is taken once. */
  takeOverdue(startedBefore: number): RunningCall | undefined {
    const call = this.#next;
    if (call === undefined || call.startedAt > startedBefore) return undefined;
    this.#next = call.newer;
    return call;
  }
}

/** A call that is recorded and need not be watched while it runs. */
export function unlisted(
  permit: number,
  startedAt: number,
  isTest: boolean,
  recorder: BreakerRecorder | undefined,
  isListed = false,
): RunningCall {
  return { permit, startedAt, isTest, recorder, isListed, countedAt: undefined, newer: undefined, older: undefined };
}
