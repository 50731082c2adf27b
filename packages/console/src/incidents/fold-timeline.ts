import type { TimelineEntry, TimelineFold } from '../contract.ts';

/** Consecutive entries about one target that are folded, at least. */
const FOLD_MIN = 6;

/** Kinds of changes that repeat while something flaps. */
const foldable = new Set<TimelineEntry['kind']>(['transition', 'check', 'service']);

/**
 * Folds many consecutive changes of state of one target, ignoring those of other targets in between.
 *
 * @param timeline in order
 * @returns the same entries, each with the index of its fold
 */
export function foldTimeline(timeline: readonly TimelineEntry[]): {
  readonly timeline: TimelineEntry[];
  readonly folds: TimelineFold[];
} {
  const folds: TimelineFold[] = [];
  const folded = timeline.map((entry) => ({ ...entry, fold: null as number | null }));
  let run = new Map<string, TimelineEntry[]>();
  const end = (): void => {
    for (const entries of run.values()) {
      const [first] = entries;
      const last = entries.at(-1);
      if (entries.length < FOLD_MIN || first === undefined || last === undefined) continue;
      for (const entry of entries) entry.fold = folds.length;
      folds.push({
        target: first.target,
        text: `${subjectOf(first)}${entries.length} × ${statesOf(entries).join('/')}`,
        count: entries.length,
        from: first.at,
        to: last.at,
      });
    }
    run = new Map();
  };
  for (const entry of folded) {
    if (foldable.has(entry.kind) || isFlap(entry)) {
      const key = `${entry.kind} ${entry.target}`;
      run.set(key, [...(run.get(key) ?? []), entry]);
    } else end();
  }
  end();
  return { timeline: folded, folds };
}

function isFlap({ kind, text }: TimelineEntry): boolean {
  return kind === 'incident' && /^Incident \d+: (breaker closed|closed|reopened): /.test(text);
}

function subjectOf({ text }: TimelineEntry): string {
  const [subject = ''] = text.split(': ', 1);
  return `${subject}: `;
}

/** The new states in order of first appearance, such as `open`, `half-open`. */
function statesOf(entries: readonly TimelineEntry[]): string[] {
  const states = entries.map(({ text }) => {
    const [, what = ''] = /^[^:]*: ([^:(]*)/.exec(text) ?? [];
    return (what.split(' to ').at(-1) ?? what).trim();
  });
  return [...new Set(states)];
}
