/**
 * Replaces the process's clocks and timers, so that libraries that know no clock of their own live in virtual time, too.
 * Two minutes pass as fast as their events can be worked off.
 */
export class VirtualTime {
  /** Milliseconds since the beginning. */
  now = 0;
  readonly #due: Timer[] = [];
  readonly #real = { setTimeout, setInterval, clearTimeout, clearInterval };
  readonly #realNow = Date.now.bind(Date);
  #made = 0;

  /** Has to be undone by `uninstall`. One at a time. */
  install(): void {
    Date.now = () => startsAt + this.now;
    performance.now = () => this.now;
    Object.assign(globalThis, {
      setTimeout: (work: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]) =>
        this.#add(() => work(...args), delayMs, undefined),
      setInterval: (work: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]) =>
        this.#add(() => work(...args), delayMs, Math.max(1, delayMs)),
      clearTimeout: cancel,
      clearInterval: cancel,
    });
  }

  uninstall(): void {
    Object.assign(globalThis, this.#real);
    Date.now = this.#realNow;
    // The one of the prototype shows again.
    Reflect.deleteProperty(performance, 'now');
  }

  /** Lets everything happen that is due until then, in order, promises included. */
  async runUntil(end: number): Promise<void> {
    for (let timer = this.#due[0]; timer !== undefined && timer.at <= end; timer = this.#due[0]) {
      this.#take();
      if (timer.isCancelled) continue;
      this.now = timer.at;
      timer.work();
      if (timer.everyMs !== undefined && !timer.isCancelled) this.#put(timer.again(this.now, (this.#made += 1)));
      await allPromises();
    }
    this.now = end;
  }

  #add(work: () => void, delayMs: number, everyMs: number | undefined): Timer {
    // As in Node: less than 1 ms, or no number, is 1 ms, and the fraction is dropped.
    const timer = new Timer(work, this.now + Math.max(1, Math.trunc(delayMs) || 1), (this.#made += 1), everyMs);
    this.#put(timer);
    return timer;
  }

  /** A binary heap: the timer that is due first is at place 0. */
  #put(timer: Timer): void {
    const due = this.#due;
    let place = due.push(timer) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = due[parent];
      if (above === undefined || !timer.isBefore(above)) break;
      due[place] = above;
      place = parent;
    }
    due[place] = timer;
  }

  #take(): void {
    const due = this.#due;
    const last = due.pop();
    if (last === undefined || due.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      const [left, right] = [due[child], due[child + 1]];
      if (left === undefined) break;
      if (right?.isBefore(left) === true) child += 1;
      const lower = due[child];
      if (lower === undefined || !lower.isBefore(last)) break;
      due[place] = lower;
      place = child;
    }
    due[place] = last;
  }
}

function cancel(timer: unknown): void {
  if (timer instanceof Timer) timer.isCancelled = true;
}

/** What the wall clock shows at the beginning: 2026-01-01. */
const startsAt = 1_767_225_600_000;

const realSetImmediate = setImmediate;

/** When the event loop comes round, every promise that could be settled has been. */
function allPromises(): Promise<void> {
  return new Promise((resolve) => realSetImmediate(resolve));
}

/** What libraries get for a timer; it can what Node's can. */
class Timer {
  isCancelled = false;
  readonly work: () => void;
  at: number;
  #order: number;
  readonly everyMs: number | undefined;

  constructor(work: () => void, at: number, order: number, everyMs: number | undefined) {
    this.work = work;
    this.at = at;
    this.#order = order;
    this.everyMs = everyMs;
  }

  isBefore(other: Timer): boolean {
    return this.at < other.at || (this.at === other.at && this.#order < other.#order);
  }

  /** For an interval. */
  again(now: number, order: number): this {
    this.at = now + (this.everyMs ?? 0);
    this.#order = order;
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return false;
  }
}
