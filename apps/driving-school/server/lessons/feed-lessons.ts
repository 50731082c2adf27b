import { sql } from 'kysely';
import type { LessonType } from '../../contract/booking/world.ts';
import type { Lesson } from '../../contract/lessons.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { lessonTables } from './lesson-table.ts';

/** A lesson as calendar programs need it. */
export interface FeedLesson {
  readonly id: string;
  readonly short_code: string;
  readonly student_id: string;
  readonly vehicle_id: string | null;
  readonly location_id: string;
  readonly type: LessonType;
  readonly status: Lesson['status'];
  readonly starts_at: Date;
  readonly ends_at: Date;
  readonly pickup: string | null;
  readonly ics_sequence: number;
  readonly updated_at: Date;
}

/** Reads all lessons of an instructor that begin in [from, to), in milliseconds; also cancelled ones. */
export async function feedLessons(
  handle: DatabaseHandle,
  schoolId: string,
  instructorId: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<FeedLesson[]> {
  return lessonTables(handle)
    .selectFrom('lessons')
    .select(['id', 'short_code', 'student_id', 'vehicle_id', 'location_id', 'type', 'status'])
    .select(['starts_at', 'ends_at', 'pickup', 'ics_sequence', 'updated_at'])
    .where('school_id', '=', schoolId)
    .where('instructor_id', '=', instructorId)
    .where(sql<boolean>`starts_at >= ${new Date(from)}::timestamptz AND starts_at < ${new Date(to)}::timestamptz`)
    .orderBy('starts_at')
    .orderBy('id')
    .execute();
}
