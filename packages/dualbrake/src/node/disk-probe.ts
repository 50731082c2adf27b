import { statfs } from 'node:fs/promises';
import { checkOptions } from '../settings.ts';
import { probe, type Probe } from './probe.ts';

/** Which disk, and when its space counts as short. */
export interface DiskProbeOptions {
  /** A file or folder on the disk. */
  readonly path: string;
  /** Bytes that must be free for programs that are not root. Default 100 MiB. */
  readonly minFreeBytes?: number;
}

const spec = {
  minFreeBytes: { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'bytes', default: 100 * 1_024 ** 2 },
} as const;

/**
 * How much room is left on a disk.
 *
 * @throws InvalidSettingsError with every problem at once
 */
export function diskProbe(options: DiskProbeOptions): Probe {
  const missing = typeof options?.path === 'string' ? [] : ['path must be that of a file or folder on the disk'];
  checkOptions('disk probe', options, spec, { path: 'string' }, missing);
  const limit = options.minFreeBytes ?? spec.minFreeBytes.default;
  return probe('disk', async () => {
    const { bavail, bsize } = await statfs(options.path);
    const value = bavail * bsize;
    return { healthy: value >= limit, value, limit, unit: 'bytes' };
  });
}
