import { monitorEventLoopDelay } from 'node:perf_hooks';
import { checkOptions } from '../settings.ts';
import { probe, type Probe } from './probe.ts';

/** When the event loop counts as overloaded. */
export interface EventLoopProbeOptions {
  /** Milliseconds that the slowest of a hundred turns may come late. Default 200. */
  readonly maxDelayMs?: number;
}

/** Milliseconds between two looks; what comes later than this is delay. */
const resolutionMs = 10;
const spec = { maxDelayMs: { min: 1, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 200 } } as const;

/**
 * How late the event loop is: the 99th percentile since the last reading. It measures from now on, and does not keep
 * the process alive.
 *
 * @throws InvalidSettingsError with every problem at once
 */
export function eventLoopProbe(options: EventLoopProbeOptions = {}): Probe & Disposable {
  checkOptions('event loop probe', options, spec, {});
  const limit = options.maxDelayMs ?? spec.maxDelayMs.default;
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  const found = probe('event loop', async () => {
    const value = Math.max(0, delays.percentile(99) / 1e6 - resolutionMs);
    delays.reset();
    return { healthy: value < limit, value, limit, unit: 'ms' };
  });
  return { ...found, [Symbol.dispose]: () => void delays.disable() };
}
