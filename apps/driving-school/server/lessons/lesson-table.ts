import type { Generated, Kysely } from 'kysely';
import type { LessonType } from '../../contract/booking/world.ts';
import type { Lesson } from '../../contract/lessons.ts';
import type { Override } from '../../contract/rules.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';

/** A row of `lessons`. The local date is written as text; read it with `dayColumn`. */
export interface LessonTable {
  id: string;
  school_id: string;
  short_code: string;
  student_id: string;
  enrolment_id: string | null;
  instructor_id: string;
  vehicle_id: string | null;
  location_id: string;
  type: LessonType;
  starts_at: Date;
  ends_at: Date;
  time_zone: string;
  local_date: string;
  buffer_after_minutes: number;
  relay_next_id: string | null;
  status: Generated<Lesson['status']>;
  status_reason: string | null;
  cancelled_notice_at: Date | null;
  pickup: string | null;
  drop_off: string | null;
  notes: string | null;
  reference_number: string | null;
  cancel_by: Date | null;
  plan_id: string | null;
  ics_sequence: Generated<number>;
  /** Written as JSON text. */
  overrides: Generated<Override[]>;
  version: Generated<number>;
  created_at: Generated<Date>;
  created_by: string | null;
  updated_at: Generated<Date>;
  updated_by: string | null;
}

/** A row of `lesson_steps`. */
export interface LessonStepTable {
  id: Generated<string>;
  school_id: string;
  lesson_id: string;
  version: number;
  at: Date;
  actor_id: string | null;
  action: 'created' | 'moved' | 'cancelled' | 'undone';
  before: unknown;
}

/** A row of `lesson_plans`. */
export interface LessonPlanTable {
  id: string;
  school_id: string;
  enrolment_id: string;
  wishes: unknown;
  created_at: Generated<Date>;
  created_by: string | null;
}

/** The tables of the slice. */
export function lessonTables(handle: DatabaseHandle): Kysely<{
  readonly lessons: LessonTable;
  readonly lesson_steps: LessonStepTable;
  readonly lesson_plans: LessonPlanTable;
}> {
  return handle;
}
