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

/** Calls that failed on purpose, by the kind of fault, for all drills together. */
export function faultsInjected({ members }: Snapshot): Sample[] {
  const sums = new Map<string, number>();
  for (const { kind, report } of members) {
    if (kind !== 'fault-injection') continue;
    for (const [fault, count] of Object.entries(Object(report['injected']) as Readonly<Record<string, unknown>>)) {
      if (typeof count === 'number') sums.set(fault, (sums.get(fault) ?? 0) + count);
    }
  }
  return [...sums].map(([fault, value]) => ({ labels: { fault }, value }));
}
