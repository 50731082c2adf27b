import type { Alarm, Clock } from '../clock.ts';

/** An entry whose `expire` is called when its time has passed, unless it is removed before. */
export interface Waiting {
  dueAt: number;
  newer: Waiting | undefined;
  older: Waiting | undefined;
  expire(): void;
}

/**
 * Many time limits of the same length, driven by one timer. Later entries are due later, so the list is always sorted:
 * adding and removing take a few assignments, where a timer per entry would cost ten times as much.
 */
export class DeadlineList {
  readonly limitMs: number;
  readonly #alarm: Alarm | undefined;
  #oldest: Waiting | undefined;
  #newest: Waiting | undefined;

  /**
   * @param clock one with an alarm, see `hasSharedAlarm`
   * @param limitMs milliseconds, more than 0; the same for all entries
   */
  constructor(clock: Clock, limitMs: number) {
    this.limitMs = limitMs;
    this.#alarm = clock.alarm?.((now = clock.now()) => this.#ring(now));
  }

  add(waiting: Waiting, now: number): void {
    waiting.dueAt = now + this.limitMs;
    const newest = this.#newest;
    waiting.older = newest;
    this.#newest = waiting;
    if (newest !== undefined) newest.newer = waiting;
    else {
      this.#oldest = waiting;
      this.#alarm?.set(this.limitMs, now);
    }
  }

  remove(waiting: Waiting): void {
    const { older, newer } = waiting;
    if (older !== undefined) older.newer = newer;
    else this.#oldest = newer;
    if (newer !== undefined) newer.older = older;
    else this.#newest = older;
    // An alarm that is still set would keep the process alive.
    if (this.#oldest === undefined) this.#alarm?.clear();
  }

  #ring(now: number): void {
    for (let due = this.#oldest; due !== undefined && due.dueAt <= now; due = this.#oldest) {
      this.remove(due);
      due.expire();
    }
    if (this.#oldest !== undefined) this.#alarm?.set(this.#oldest.dueAt - now, now);
  }
}
