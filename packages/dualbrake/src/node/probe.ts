/** What a probe has found. */
export interface Reading {
  readonly healthy: boolean;
  /** What was measured, in the probe's unit. */
  readonly value: number;
  /** Where it begins to be unhealthy. */
  readonly limit: number;
  readonly unit: 'ratio' | 'bytes' | 'ms';
}

/** Looks after something local that calls need and that can run out. */
export interface Probe {
  readonly name: string;
  read(): Promise<Reading>;
  /** For `AutoRecovery` and `breakerService`. A reading that cannot be taken is unhealthy: it rejects. */
  readonly isHealthy: () => Promise<boolean>;
}

/** A probe of a function that measures. */
export function probe(name: string, read: () => Promise<Reading>): Probe {
  return { name, read, isHealthy: async () => (await read()).healthy };
}
