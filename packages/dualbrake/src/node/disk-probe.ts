import { statfs } from 'node:fs/promises';
import { checkOptions } from '../settings.ts';
import { probe, type Probe } from './probe.ts';

/**
 * Which disk to watch, and how much space must stay free.
 *
 * @example
 * ```ts
 * const options: DiskProbeOptions = { path: '/var/lib/school', minFreeBytes: 500 * 1_024 ** 2 };
 * const { healthy } = await diskProbe(options).read();
 * ```
 */
export interface DiskProbeOptions {
  /** A file or folder on the disk. */
  readonly path: string;
  /** Bytes that must be free for unprivileged processes. Default 100 MiB. */
  readonly minFreeBytes?: number;
}

const spec = {
  minFreeBytes: { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'bytes', default: 100 * 1_024 ** 2 },
} as const;

/**
 * Watches the free space of a disk.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const disk = diskProbe({ path: '/var/lib/school' });
 * const { healthy, value } = await disk.read();
 * if (!healthy) log.warn(`only ${value} bytes are free`);
 * ```
 */
export function diskProbe(options: DiskProbeOptions): Probe {
  const missing =
    typeof options?.path === 'string' ? [] : ['path is missing: the path of a file or folder on the disk'];
  checkOptions('disk probe', options, spec, { path: 'string' }, missing);
  const limit = options.minFreeBytes ?? spec.minFreeBytes.default;
  return probe('disk', async () => {
    const { bavail, bsize } = await statfs(options.path);
    const value = bavail * bsize;
    return { healthy: value >= limit, value, limit, unit: 'bytes' };
  });
}
