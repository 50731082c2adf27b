import type { BookingWorld } from '../../contract/booking/world.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import { api, type WorldRequest } from '../api.ts';

/** Facts older than this are loaded again, in milliseconds. */
const freshMs = 30_000;

/** The facts for judging bookings, loaded once per student and period while they are fresh. */
export class Worlds {
  readonly #load: (request: WorldRequest) => Promise<{ readonly data: BookingWorld }>;
  readonly #now: () => number;
  readonly #loaded = new Map<string, { readonly world: Promise<BookingWorld>; readonly atMs: number }>();

  constructor({
    load = (request) => api.bookingWorld(request),
    now = () => performance.now(),
  }: {
    readonly load?: (request: WorldRequest) => Promise<{ readonly data: BookingWorld }>;
    readonly now?: () => number;
  } = {}) {
    this.#load = load;
    this.#now = now;
  }

  /** Loads the facts of a student for days, both included. */
  of(studentId: string, enrolmentId: string | null, from: CalendarDay, to: CalendarDay): Promise<BookingWorld> {
    const request = { student_id: studentId, ...(enrolmentId === null ? {} : { enrolment_id: enrolmentId }), from, to };
    const key = JSON.stringify(request);
    const known = this.#loaded.get(key);
    if (known !== undefined && this.#now() - known.atMs < freshMs) return known.world;
    const world = this.#load(request).then(({ data }) => data);
    this.#loaded.set(key, { world, atMs: this.#now() });
    world.catch(() => this.#loaded.delete(key));
    return world;
  }

  /** Forgets everything, after a change. */
  forget(): void {
    this.#loaded.clear();
  }
}
