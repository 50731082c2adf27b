/**
 * Calendar time: the current day and instant, for lessons, deadlines and "as of". Measure durations with dualbrake's
 * `Clock`.
 */
export interface WallClock {
  now(): Temporal.Instant;
  /**
   * The calendar day in a zone.
   *
   * @param zone IANA name such as `America/Toronto`
   * @throws RangeError when the zone is unknown
   */
  today(zone: string): Temporal.PlainDate;
}

/** The machine's clock. */
export const systemWallClock: WallClock = wallClock(() => Temporal.Now.instant());

/** A clock that starts at an instant and then runs as fast as the machine's, for demonstrations and tests. */
export function wallClockFrom(start: Temporal.Instant): WallClock {
  const startedAt = performance.now();
  return wallClock(() => start.add({ milliseconds: Math.round(performance.now() - startedAt) }));
}

/** A stopped clock for tests. */
export class SettableWallClock implements WallClock {
  #now: Temporal.Instant;

  constructor(now: string) {
    this.#now = Temporal.Instant.from(now);
  }

  now(): Temporal.Instant {
    return this.#now;
  }

  today(zone: string): Temporal.PlainDate {
    return this.#now.toZonedDateTimeISO(zone).toPlainDate();
  }

  set(now: string): void {
    this.#now = Temporal.Instant.from(now);
  }

  /** Advances by a duration such as `{ hours: 24 }`. */
  advance(duration: Temporal.DurationLike): void {
    this.#now = this.#now.add(duration);
  }
}

function wallClock(now: () => Temporal.Instant): WallClock {
  return { now, today: (zone) => now().toZonedDateTimeISO(zone).toPlainDate() };
}
