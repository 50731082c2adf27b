import { monitorEventLoopDelay } from 'node:perf_hooks';
import { checkOptions } from '../settings.ts';
import { probe, type Probe } from './probe.ts';

/**
 * When the event loop counts as overloaded.
 *
 * @example
 * ```ts
 * using eventLoop = eventLoopProbe({ maxDelayMs: 100 } satisfies EventLoopProbeOptions);
 * const { healthy } = await eventLoop.read();
 * ```
 */
export interface EventLoopProbeOptions {
  /** Highest healthy delay, in milliseconds: the 99th percentile. Default 200. */
  readonly maxDelayMs?: number;
}

/** Sampling interval in milliseconds; anything above it is delay. */
const resolutionMs = 10;
const spec = { maxDelayMs: { min: 1, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 200 } } as const;

/**
 * Watches the delay of the event loop: the 99th percentile since the last reading. Starts measuring at once and does not keep the
 * process alive; dispose of it to stop.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const eventLoop = eventLoopProbe();
 * const { healthy, value } = await eventLoop.read();
 * if (!healthy) log.warn(`the event loop is ${value} ms late`);
 * eventLoop[Symbol.dispose]();
 * ```
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
