import type { Generated, Kysely } from 'kysely';
import type { DatabaseHandle } from '../platform/database/handle.ts';

/** A row of `instructors`. Calendar days are written as text; read them with `dayColumn`. */
export interface InstructorTable {
  id: string;
  school_id: string;
  licence_number: string | null;
  licence_expires_on: string | null;
  phone: string | null;
  contract_from: string | null;
  contract_to: string | null;
  transmissions: Generated<'automatic' | 'manual' | 'both'>;
  notes: string | null;
  version: Generated<number>;
  created_at: Generated<Date>;
  created_by: string | null;
  updated_at: Generated<Date>;
  updated_by: string | null;
}

/** A row of `instructor_hours`. Ranges are read through `lower` and `upper`. */
export interface InstructorHoursTable {
  school_id: string;
  instructor_id: string;
  weekday: number;
  minutes: string;
  valid: Generated<string>;
}

/** A row of `time_off`. */
export interface TimeOffTable {
  id: string;
  school_id: string;
  instructor_id: string;
  starts_at: Date;
  ends_at: Date;
  reason: string | null;
  version: Generated<number>;
  created_at: Generated<Date>;
  created_by: string | null;
}

/** A row of `people`: the view of users for other slices. */
export interface PersonView {
  id: string;
  school_id: string;
  role: string;
  name: string;
  email: string | null;
  disabled: boolean;
}

/** The tables that the slice reads. */
export function instructorTables(handle: DatabaseHandle): Kysely<{
  readonly instructors: InstructorTable;
  readonly instructor_hours: InstructorHoursTable;
  readonly time_off: TimeOffTable;
  readonly people: PersonView;
}> {
  return handle;
}
