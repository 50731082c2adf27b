import { z } from 'zod';
import { calendarDay, instant, listShape, readShape, writeShape } from './field-schemas.ts';
import { type ParsedRecord, parseRecord, type RecordOf, type RecordRules } from './fields.ts';
import { instructorFields, newInstructorFields } from './instructor-fields.ts';
import { cancelReasons } from './lessons.ts';
import { type CalendarDay, addDays } from './parsers.ts';
import { oneTimeLinkSchema } from './session.ts';

/** An instructor's fields in their normal form, as they are stored. */
export type InstructorFields = RecordOf<typeof instructorFields>;
/** The fields of a new instructor. */
export type NewInstructorFields = RecordOf<typeof newInstructorFields>;

/** Days before the licence expires on which the office is warned. */
export const licenceSoonDays = 90;

export const licenceStates = ['missing', 'expired', 'soon', 'valid'] as const;
export type LicenceState = (typeof licenceStates)[number];
export const contractStates = ['current', 'future', 'ended'] as const;
export type ContractState = (typeof contractStates)[number];

/** The state of an instructor's licence on a day. */
export function licenceStateOn(expiresOn: CalendarDay | null, day: CalendarDay): LicenceState {
  if (expiresOn === null) return 'missing';
  if (expiresOn < day) return 'expired';
  return expiresOn <= addDays(day, licenceSoonDays) ? 'soon' : 'valid';
}

/** The state of an instructor's contract on a day. */
export function contractStateOn(
  { contract_from: from, contract_to: to }: Pick<InstructorFields, 'contract_from' | 'contract_to'>,
  day: CalendarDay,
): ContractState {
  if (to !== null && to < day) return 'ended';
  return from !== null && day < from ? 'future' : 'current';
}

/** Members of list rows and records that are derived from other data. */
const derived = {
  email: z.string().nullable().meta({ description: 'Null: not invited yet' }),
  status: z.enum(['active', 'disabled']).meta({ description: '`disabled`: can’t sign in and can’t be booked' }),
  licence_state: z.enum(licenceStates).meta({ description: `\`soon\`: within ${licenceSoonDays} days` }),
  contract_state: z.enum(contractStates),
  hours_summary: z
    .string()
    .meta({ description: 'The working hours of today’s week; empty without any', example: 'Mon–Fri 09:00–17:00' }),
  weekly_minutes: z.int().meta({ description: 'Working minutes in a week' }),
};

/** One row of `GET /api/instructors`. */
export const instructorSummarySchema = z.object({ id: z.string(), ...listShape(instructorFields), ...derived });
export type InstructorSummary = z.infer<typeof instructorSummarySchema>;

const dated = { stale: z.boolean(), as_of: instant };
const wholeList = { next_cursor: z.null(), ...dated, complete: z.literal(true) };

/** The answer of `GET /api/instructors`. A school has tens of instructors, so there is one page. */
export const instructorListSchema = z.object({ data: z.array(instructorSummarySchema), ...wholeList });
export type InstructorList = z.infer<typeof instructorListSchema>;

/** `GET /api/instructors`. */
export const instructorQuerySchema = z.object({
  status: z.enum(['active', 'disabled', 'all'], 'Send active, disabled or all.').default('active'),
});

/** An instructor in answers. */
export const instructorSchema = z.object({
  id: z.string().meta({ description: 'The ID of the user' }),
  ...readShape(instructorFields),
  ...derived,
  version: z.int().meta({
    description:
      '0: only the user exists. The first change adds the record. The ETag is this number in quotation marks',
  }),
});
export type Instructor = z.infer<typeof instructorSchema>;

/** `GET /api/instructors/{id}`. */
export const instructorAnswerSchema = z.object({ data: instructorSchema, ...dated });
export type InstructorAnswer = z.infer<typeof instructorAnswerSchema>;

/** The answer of `POST /api/instructors`. `link` only with an e-mail address. */
export const instructorAddedSchema = instructorAnswerSchema.extend({ link: oneTimeLinkSchema.optional() });
export type InstructorAdded = z.infer<typeof instructorAddedSchema>;

/** When a lesson begins, so that pages can show it without loading it. */
export const lessonTimeSchema = z.object({
  id: z.string(),
  starts_at: instant,
  local_start: z.string().meta({ description: 'Wall time at the location', example: '2026-03-09T09:00' }),
  local_date: calendarDay,
});
export type LessonTime = z.infer<typeof lessonTimeSchema>;

/** The answer of `PATCH /api/instructors/{id}`, and of its preview. */
export const instructorChangedSchema = instructorAnswerSchema.extend({
  affected_lessons: z
    .array(z.string())
    .meta({ description: 'Booked lessons from now on that the new dates of licence or contract do not allow' }),
  lesson_times: z.array(lessonTimeSchema).meta({ description: 'When the affected lessons begin' }),
});
export type InstructorChanged = z.infer<typeof instructorChangedSchema>;

/** For documentation and types; `parseNewInstructor` and `parseInstructor` validate. */
export const instructorCreateSchema = z.object(writeShape(newInstructorFields));
export type InstructorCreate = z.infer<typeof instructorCreateSchema>;
export const instructorChangesSchema = z.object(writeShape(instructorFields)).partial();
export type InstructorChanges = z.infer<typeof instructorChangesSchema>;

/** `?preview=true`: nothing is changed. */
export const previewQuerySchema = z.object({
  preview: z.enum(['true', 'false'], 'Send true or false.').default('false'),
});

/** Parses an instructor that was sent or typed. */
export function parseInstructor(input: unknown): ParsedRecord<InstructorFields> {
  return parseRecord(instructorFields, input, contractRules);
}

/** Parses a new instructor that was sent or typed. */
export function parseNewInstructor(input: unknown): ParsedRecord<NewInstructorFields> {
  return parseRecord(newInstructorFields, input, contractRules as RecordRules<typeof newInstructorFields>);
}

const contractRules: RecordRules<typeof instructorFields> = ({ contract_from: from, contract_to: to }, report) => {
  if (from !== null && to !== null && to < from) {
    report('contract_to', 'before_start', 'The last day is before the first.');
  }
};

const hoursSchema = z.object({
  weekday: z.int().meta({ description: '1 is Monday, 7 Sunday' }),
  from: z.string().meta({ example: '08:00' }),
  to: z.string().meta({ description: 'Up to 24:00', example: '18:00' }),
  valid_from: calendarDay.nullable(),
  valid_to: calendarDay.nullable(),
});

/** `GET` and `PUT /api/instructors/{id}/hours`. */
export const hoursAnswerSchema = z.object({
  data: z.object({ hours: z.array(hoursSchema), summary: z.string(), weekly_minutes: z.int() }),
  ...dated,
});
export type HoursAnswer = z.infer<typeof hoursAnswerSchema>;

/** For documentation; `parseHours` validates. */
export const hoursWriteSchema = z.object({
  hours: z.array(hoursSchema.partial({ valid_from: true, valid_to: true })),
});

/** The longest reason of time off, in characters. */
export const timeOffReasonLengthMax = 200;
/** The longest time off, in days. */
export const timeOffDaysMax = 731;

const timeText = z.string('Send a time or a calendar day.').max(40, 'This is too long for a time.').meta({
  description:
    'With offset: that instant. Without: wall time of the school’s first location. A calendar day alone: the whole day',
  example: '2026-03-09T13:00',
});

/** `POST /api/instructors/{id}/time-off`. */
export const timeOffCreateSchema = z.strictObject(
  {
    from: timeText,
    to: timeText,
    reason: z
      .string('Send text or null.')
      .trim()
      .max(timeOffReasonLengthMax, `Enter at most ${timeOffReasonLengthMax} characters.`)
      .nullable()
      .optional(),
    and_cancel: z
      .strictObject({
        reason: z.enum(cancelReasons, `Send one of: ${cancelReasons.join(', ')}.`),
        lessons: z
          .array(z.uuid('This is not the ID of a lesson.'))
          .max(1_000)
          .optional()
          .meta({ description: 'The lessons that the user has seen. If there are others now, nothing is cancelled' }),
      })
      .optional()
      .meta({ description: 'Also cancels the lessons in this time' }),
  },
  'Send a JSON object with from and to.',
);
export type TimeOffCreate = z.infer<typeof timeOffCreateSchema>;

/** Time off in answers. */
export const timeOffSchema = z.object({
  id: z.string(),
  instructor_id: z.string(),
  from: instant,
  to: instant,
  local_from: z.string().meta({ example: '2026-03-09T13:00' }),
  local_to: z.string().meta({ example: '2026-03-09T17:00' }),
  time_zone: z.string(),
  whole_days: z.boolean().meta({ description: 'Whether it begins and ends at midnight' }),
  reason: z.string().nullable(),
});
export type TimeOff = z.infer<typeof timeOffSchema>;

export const timeOffAnswerSchema = z.object({ data: timeOffSchema, ...dated });
/** The answer of `POST .../time-off`. */
export const timeOffAddedSchema = timeOffAnswerSchema.extend({
  cancelled_lessons: z.array(z.string()).meta({ description: 'The lessons that were cancelled' }),
});
export type TimeOffAdded = z.infer<typeof timeOffAddedSchema>;

export const timeOffListSchema = z.object({ data: z.array(timeOffSchema), ...wholeList });
export type TimeOffList = z.infer<typeof timeOffListSchema>;

/** `GET /api/instructors/{id}/time-off`. Days are both included. */
export const timeOffQuerySchema = z.object({
  from: z.iso.date('Send a calendar day.').optional().meta({ description: 'Default: today' }),
  to: z.iso.date('Send a calendar day.').optional().meta({ description: 'Default: no end' }),
});
