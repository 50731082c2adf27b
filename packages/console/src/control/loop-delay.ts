import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 20;
/** Ticks, one a second, that the figure covers at most. */
const TICKS = 10;

/** Measures the delay of the event loop. */
export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #ticks = 0;
  #p99: number | null = null;

  constructor() {
    this.#histogram.enable();
  }

  /** 99th percentile of the last ten seconds, in milliseconds; null before the first measurement. */
  get p99Ms(): number | null {
    return this.#p99;
  }

  /** Runs every second. */
  tick(): void {
    this.#ticks += 1;
    // The histogram has the time between two timer ticks; delay is what exceeds the resolution.
    const ms = this.#histogram.percentile(99) / 1e6 - RESOLUTION_MS;
    if (this.#histogram.count > 0) this.#p99 = Math.max(0, Math.round(ms * 10) / 10);
    if (this.#ticks % TICKS === 0) this.#histogram.reset();
  }

  close(): void {
    this.#histogram.disable();
  }
}
