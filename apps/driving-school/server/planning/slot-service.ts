import type { Pipeline } from 'dualbrake';
import { slotSteps } from '../../contract/booking/slots.ts';
import type { SlotList, SlotQuery } from '../../contract/planning.ts';
import type { Actor } from '../../contract/session.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import { RefusalError } from '../platform/refusal-error.ts';
import { runInSlices } from '../platform/event-loop-yielder.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import { isoInstant, LessonInvalidError } from '../lessons/lessons.ts';
import { searchSubject } from './slot-request.ts';
import { type Reading, searchWorld } from './slot-world.ts';

/** The parts of the search. */
export interface SlotServiceParts {
  readonly database: DatabaseHandle;
  readonly policies: { readonly databaseRead: Pipeline };
  readonly wallClock: WallClock;
}

/** Finds free times. While the database is unavailable, searches fail. */
export class SlotService {
  readonly #parts: SlotServiceParts;

  constructor(parts: SlotServiceParts) {
    this.#parts = parts;
  }

  /**
   * Finds the slots of a period. A period that begins today or later has no slots in the past; one that begins earlier is
   * searched as a whole, so that a lesson can be entered afterwards.
   *
   * @throws LessonInvalidError; the error of the database
   */
  async search(actor: Actor, query: SlotQuery, context?: RequestContext): Promise<Omit<SlotList, 'stale' | 'as_of'>> {
    const { wallClock } = this.#parts;
    const reading = readingOf(this.#parts, context);
    const { minutes, from, to, limit } = query;
    const subject = await reading((handle) => searchSubject(handle, actor.schoolId, query)).catch(inQuery);
    const world = await searchWorld(reading, actor.schoolId, subject, { from, to, minutes, withAreas: true });
    const now = wallClock.now();
    const today = now.toZonedDateTimeISO(subject.location.time_zone).toPlainDate().toString();
    const { slots, total, refused } = await runInSlices(
      slotSteps(
        world,
        {
          type: subject.type,
          student_id: subject.student_id,
          enrolment_id: subject.enrolment?.id ?? null,
          location_id: subject.location.id,
          minutes,
          from,
          to,
          instructor_ids: subject.instructors.map(({ id }) => id),
          vehicle_ids: subject.vehicle_ids,
          ...(from < today ? {} : { not_before: now.epochMilliseconds }),
        },
        { limit },
      ),
      context?.signal,
    );
    return {
      data: slots.map(({ starts_at, ends_at, ...slot }) => ({
        ...slot,
        starts_at: isoInstant(starts_at),
        ends_at: isoInstant(ends_at),
      })),
      next_cursor: null,
      total,
      complete: slots.length === total,
      refused: [...refused],
      type: subject.type,
      enrolment_id: subject.enrolment?.id ?? null,
    };
  }
}

/** Points to parameters of the query, not to members of a body. */
function inQuery(error: unknown): never {
  if (!(error instanceof LessonInvalidError)) throw error;
  throw new LessonInvalidError(
    error.problems.map(({ pointer, ...rest }) => ({ ...rest, pointer: pointer.replace(/^\//, '?') })),
  );
}

/** Reads live. Refusals pass the pipeline as values, which would count errors as failures of the database. */
export function readingOf(
  { database, policies }: Pick<SlotServiceParts, 'database' | 'policies'>,
  context: RequestContext | undefined,
): Reading {
  return async (query) => {
    const value = await policies.databaseRead.execute(
      () =>
        query(database).catch((error: unknown) => {
          if (error instanceof RefusalError) return error;
          throw error;
        }),
      context,
    );
    if (value instanceof RefusalError) throw value;
    return value;
  };
}
