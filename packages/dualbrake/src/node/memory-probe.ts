import { getHeapStatistics } from 'node:v8';
import { checkOptions } from '../settings.ts';
import { probe, type Probe } from './probe.ts';

/** When memory counts as short. */
export interface MemoryProbeOptions {
  /** Share of what may be used, 0 to 1. Default 0.9. */
  readonly maxRatio?: number;
}

const spec = { maxRatio: { min: 0, max: 1, unit: 'ratio', default: 0.9 } } as const;

/**
 * How much of its memory the process uses: of the heap's limit, or of the container's where there is one, whichever is
 * nearer to its end.
 *
 * @throws InvalidSettingsError with every problem at once
 */
export function memoryProbe(options: MemoryProbeOptions = {}): Probe {
  checkOptions('memory probe', options, spec, {});
  const limit = options.maxRatio ?? spec.maxRatio.default;
  return probe('memory', async () => {
    const { used_heap_size: used, heap_size_limit: most } = getHeapStatistics();
    const contained = process.constrainedMemory();
    // Without a limit some systems answer 0, others more than any machine has.
    const isContained = contained > 0 && contained < 2 ** 50;
    const value = Math.max(used / most, isContained ? process.memoryUsage.rss() / contained : 0);
    return { healthy: value < limit, value, limit, unit: 'ratio' };
  });
}
