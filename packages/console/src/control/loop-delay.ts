import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 20;
/** The figure is of so many looks, one a second. */
const LOOKS = 10;

/** How late the event loop is, looked at once a second. */
export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #looks = 0;
  #p99: number | null = null;

  constructor() {
    this.#histogram.enable();
  }

  /** 99th percentile of the last ten seconds, in milliseconds; nothing until measured. */
  get p99Ms(): number | null {
    return this.#p99;
  }

  look(): void {
    this.#looks += 1;
    // What is measured is the time between two ticks of its timer; what is above the resolution is delay.
    const ms = this.#histogram.percentile(99) / 1e6 - RESOLUTION_MS;
    if (this.#histogram.count > 0) this.#p99 = Math.max(0, Math.round(ms * 10) / 10);
    if (this.#looks % LOOKS === 0) this.#histogram.reset();
  }

  close(): void {
    this.#histogram.disable();
  }
}
