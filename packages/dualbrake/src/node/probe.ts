/**
 * One measurement of a probe.
 *
 * @example
 * ```ts
 * const reading: Reading = await memoryProbe().read();
 * log.info(`${reading.value} of ${reading.limit} (${reading.unit})`);
 * ```
 */
export interface Reading {
  readonly healthy: boolean;
  /** The measured value, in the probe's unit. */
  readonly value: number;
  /** The value at which it becomes unhealthy. */
  readonly limit: number;
  readonly unit: 'ratio' | 'bytes' | 'ms';
}

/**
 * Watches a local resource that calls need and that can run out.
 *
 * @example
 * ```ts
 * const disk: Probe = diskProbe({ path: '/var/lib/school' });
 * const writes = circuitBreaker({ name: 'disk' });
 * new AutoRecovery({ service: breakerService({ breakers: [writes], isHealthy: disk.isHealthy }) }).start();
 * ```
 */
export interface Probe {
  readonly name: string;
  /** Measures now. */
  read(): Promise<Reading>;
  /** For `AutoRecovery` and `breakerService`. Rejects when the measurement fails, which counts as unhealthy. */
  readonly isHealthy: () => Promise<boolean>;
}

/** Makes a probe of a function that measures. */
export function probe(name: string, read: () => Promise<Reading>): Probe {
  return { name, read, isHealthy: async () => (await read()).healthy };
}
