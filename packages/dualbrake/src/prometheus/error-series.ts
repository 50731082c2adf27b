import type { Labels, Sample } from './metric.ts';
import type { Snapshot } from './snapshot.ts';

/** Errors by the breaker or retry that saw them, by class and by the classifier's rule; never by their message. */
export function errorCounts({ breakers, retries }: Snapshot): Sample[] {
  const sums = new Map<string, { readonly labels: Labels; value: number }>();
  for (const [source, { errors }] of [...breakers, ...retries]) {
    for (const { class: errorClass, type, count } of errors.list()) {
      const labels = { source, class: errorClass, error_type: type };
      const name = JSON.stringify(labels);
      // Breakers and retries that found no room have the same name.
      const known = sums.get(name) ?? { labels, value: 0 };
      known.value += count;
      sums.set(name, known);
    }
  }
  return [...sums.values()];
}

/**
 * Calls that failed on purpose, by the kind of fault, for all drills together. What a drill has done stays counted when
 * it leaves the registry: a sum that goes down would look like a restart.
 *
 * @returns makes the series; it remembers what it was told, so it is for one exporter
 */
export function faultsInjected(): (snapshot: Snapshot) => Sample[] {
  const sums = new Map<string, number>();
  const told = new WeakMap<object, Readonly<Record<string, unknown>>>();
  return ({ members }) => {
    for (const { kind, report, member } of members) {
      if (kind !== 'fault-injection') continue;
      const injected = Object(report['injected']) as Readonly<Record<string, unknown>>;
      const before = told.get(member) ?? {};
      for (const [fault, count] of Object.entries(injected)) {
        if (typeof count !== 'number') continue;
        const more = count - Number(before[fault] ?? 0);
        sums.set(fault, (sums.get(fault) ?? 0) + Math.max(0, more));
      }
      told.set(member, injected);
    }
    return [...sums].map(([fault, value]) => ({ labels: { fault }, value }));
  };
}
