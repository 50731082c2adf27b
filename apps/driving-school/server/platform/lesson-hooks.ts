import type { CancelReason } from '../../contract/lessons.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { Actor } from '../../contract/session.ts';
import type { DatabaseHandle, DatabaseTransaction } from './database/handle.ts';

/** Whose lessons. */
export type LessonsOf =
  | { readonly instructorId: string }
  | { readonly vehicleId: string }
  | { readonly studentId: string }
  | { readonly locationId: string };

/** A booked lesson. Times are in milliseconds since 1970. */
export interface BookedLesson {
  readonly id: string;
  readonly local_date: CalendarDay;
  readonly time_zone: string;
  readonly starts_at: number;
  readonly ends_at: number;
}

/**
 * Reads and cancels lessons for the slices that lessons depend on, such as vehicles: those can't import lessons, so
 * `school.ts` passes this to them.
 */
export interface LessonHooks {
  /** Booked lessons that begin at or after an instant, the earliest first. */
  upcoming(handle: DatabaseHandle, schoolId: string, of: LessonsOf, from: number): Promise<BookedLesson[]>;
  /** Booked lessons on a calendar day, the earliest first. @param locationId null: at all locations */
  onDay(handle: DatabaseHandle, schoolId: string, day: CalendarDay, locationId: string | null): Promise<BookedLesson[]>;
  /**
   * Booked lessons whose claims (with buffers) overlap [from, to), the earliest first. Locks them with everything that they
   * claim, so that the caller can cancel them and claim the time without waiting for another change.
   */
  lockOverlapping(
    transaction: DatabaseTransaction,
    schoolId: string,
    of: { readonly instructorId: string } | { readonly vehicleId: string },
    period: { readonly from: number; readonly to: number },
  ): Promise<BookedLesson[]>;
  /** Cancels booked lessons in a transaction of the caller. */
  cancel(
    transaction: DatabaseTransaction,
    lessonIds: readonly string[],
    cancellation: { readonly actor: Actor; readonly reason: CancelReason; readonly at: Temporal.Instant },
  ): Promise<void>;
}
