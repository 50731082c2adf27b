import type { BreakerRecord } from '../measurement/breaker-record.ts';
import type { Measurement } from '../measurement/measurement.ts';
import type { RetryRecord } from '../measurement/retry-record.ts';
import type { MemberReport } from '../registry.ts';
import type { Steerable } from '../steerable.ts';

/** One member of a registry, and what it tells of itself. */
export interface ListedMember extends MemberReport {
  readonly member: Steerable;
}

/** Everything that metrics are made of, at one moment. */
export interface Snapshot {
  /** Each id once. */
  readonly members: readonly ListedMember[];
  /** By the registry's id. */
  readonly breakers: ReadonlyMap<string, BreakerRecord>;
  /** By the registry's id. */
  readonly retries: ReadonlyMap<string, RetryRecord>;
}

/** Asks a registry and its measurement. Changes nothing. */
export function takeSnapshot(measurement: Measurement): Snapshot {
  const { registry } = measurement;
  const reports = new Map<string, MemberReport>();
  for (const { members } of registry.report()) for (const told of members) reports.set(told.id, told);
  const members = new Map<string, ListedMember>();
  for (const member of registry.members()) {
    const told = reports.get(registry.idOf(member) ?? '');
    if (told !== undefined && !members.has(told.id)) members.set(told.id, { ...told, member });
  }
  return { members: [...members.values()], breakers: measurement.breakers(), retries: measurement.retries() };
}

/**
 * Takes one snapshot for everything that is asked within one turn: metrics of one scrape agree with each other, and the
 * registry is asked once for all of them.
 */
export function snapshots(measurement: Measurement): () => Snapshot {
  let current: Snapshot | undefined;
  return () => {
    if (current === undefined) {
      current = takeSnapshot(measurement);
      queueMicrotask(() => (current = undefined));
    }
    return current;
  };
}
