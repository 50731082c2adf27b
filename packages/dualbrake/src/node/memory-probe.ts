import { getHeapStatistics } from 'node:v8';
import { checkOptions } from '../settings.ts';
import { probe, type Probe } from './probe.ts';

/**
 * When memory counts as short.
 *
 * @example
 * ```ts
 * const options: MemoryProbeOptions = { maxRatio: 0.8 };
 * const { healthy } = await memoryProbe(options).read();
 * ```
 */
export interface MemoryProbeOptions {
  /** Highest healthy share of the available memory, 0 to 1. Default 0.9. */
  readonly maxRatio?: number;
}

const spec = { maxRatio: { min: 0, max: 1, unit: 'ratio', default: 0.9 } } as const;

/**
 * Watches how much memory the process uses: the share of the heap limit or of the container's limit, whichever is higher.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const { healthy, value } = await memoryProbe().read();
 * if (!healthy) log.warn(`${Math.round(value * 100)} % of the memory is in use`);
 * ```
 */
export function memoryProbe(options: MemoryProbeOptions = {}): Probe {
  checkOptions('memory probe', options, spec, {});
  const limit = options.maxRatio ?? spec.maxRatio.default;
  return probe('memory', async () => {
    const { used_heap_size: used, heap_size_limit: most } = getHeapStatistics();
    const contained = process.constrainedMemory();
    // Without a limit, some systems report 0 and others more than any machine has.
    const isContained = contained > 0 && contained < 2 ** 50;
    const value = Math.max(used / most, isContained ? process.memoryUsage.rss() / contained : 0);
    return { healthy: value < limit, value, limit, unit: 'ratio' };
  });
}
