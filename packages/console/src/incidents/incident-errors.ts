import type { Core } from '../control/core.ts';
import { redactText } from '../logs/redact.ts';
import type { ErrorTally, Incident, Member } from './incident-book.ts';

/** Error counts of a breaker at one time, by class and type. */
interface Sample {
  /** Clock reading. */
  readonly at: number;
  readonly totals: ReadonlyMap<string, number>;
}

/** The counts at a member's first failure. */
interface Beginning {
  readonly before: ReadonlyMap<string, number>;
  readonly earlier: readonly ErrorTally[];
  /** Milliseconds since the epoch. */
  readonly fromMs: number;
}

/** Samples kept for each breaker, taken every second if there were errors. */
const SAMPLES_MAX = 120;

const nothing: ReadonlyMap<string, number> = new Map();

/**
 * Counts the errors of incidents. Breakers count since the start of the process, an incident from its first failure (to
 * the second) until its breaker closed.
 */
export class IncidentErrors {
  readonly #core: Core;
  readonly #samples = new Map<string, Sample[]>();
  readonly #begun = new Map<string, Beginning>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** Samples the counts. Runs every second. */
  tick(): void {
    const now = this.#core.registry.clock.now();
    for (const [breaker, { errors }] of this.#core.measurement.breakers()) {
      const totals = new Map(errors.list().map((error) => [keyOf(error), error.count]));
      const samples = this.#samples.get(breaker) ?? [];
      const last = samples.at(-1)?.totals ?? nothing;
      if ([...totals].every(([key, count]) => last.get(key) === count)) continue;
      samples.push({ at: now, totals });
      if (samples.length > SAMPLES_MAX) samples.shift();
      this.#samples.set(breaker, samples);
    }
  }

  /** Begins to count a member's errors. */
  begin({ number }: Incident, member: Member): void {
    const fromMs = member.firstFailureAt ?? member.openedAt;
    const samples = this.#samples.get(member.breaker) ?? [];
    const before = samples.findLast(({ at }) => this.#core.time.of(at) <= fromMs);
    const oldest = samples.length === SAMPLES_MAX ? samples[0] : undefined;
    this.#begun.set(nameOf(number, member), { before: (before ?? oldest)?.totals ?? nothing, earlier: [], fromMs });
  }

  /** Updates the errors of all members that are not closed. @returns whether there are new ones */
  update(incident: Incident): boolean {
    const open = incident.members.filter(({ closedAt }) => closedAt === null);
    return open.map((member) => this.settle(incident, member)).includes(true);
  }

  /** Ends the counting for a resolved incident. */
  forget({ number, members }: Incident): void {
    for (const member of members) this.#begun.delete(nameOf(number, member));
  }

  /** Updates the errors of one member. */
  settle({ number }: Incident, member: Member): boolean {
    const name = nameOf(number, member);
    const unknown = { before: nothing, earlier: member.errors ?? [], fromMs: member.openedAt };
    const begun = this.#begun.get(name) ?? unknown;
    this.#begun.set(name, begun);
    const { before, earlier, fromMs } = begun;
    const tallies = new Map(earlier.map((tally) => [keyOf(tally), tally]));
    for (const error of this.#core.measurement.breakers().get(member.breaker)?.errors.list() ?? []) {
      const key = keyOf(error);
      const count = error.count - (before.get(key) ?? 0);
      if (count <= 0) continue;
      const known = tallies.get(key);
      const { sample } = error;
      const wanted = sample !== undefined && this.#core.time.of(sample.at) >= fromMs ? sample : undefined;
      tallies.set(key, {
        class: error.class,
        type: error.type,
        count: count + (known?.count ?? 0),
        firstAt: known?.firstAt ?? Math.max(fromMs, this.#core.time.of(error.firstAt)),
        lastAt: this.#core.time.of(error.lastAt),
        sample:
          wanted === undefined
            ? (known?.sample ?? null)
            : {
                at: this.#core.time.of(wanted.at),
                key: redactText(wanted.key),
                pipeline: wanted.pipeline,
                correlationId: wanted.correlationId === undefined ? null : redactText(wanted.correlationId),
              },
      });
    }
    const found = [...tallies.values()];
    const isNew = totalOf(found) !== totalOf(member.errors ?? []);
    member.errors = found;
    return isNew;
  }
}

/** The object is no key, because undoing a change replaces it. */
function nameOf(number: number, { breaker }: Member): string {
  return `${number} ${breaker}`;
}

function keyOf({ class: errorClass, type }: { readonly class: string; readonly type: string }): string {
  return `${errorClass} ${type}`;
}

function totalOf(tallies: readonly ErrorTally[]): number {
  return tallies.reduce((sum, { count }) => sum + count, 0);
}
