import { z } from 'zod';
import { vehicleDateNames } from './booking/vehicle-dates.ts';
import { calendarDay, instant, readShape, writeShape } from './field-schemas.ts';
import { type ParsedRecord, parseRecord, type RecordOf } from './fields.ts';
import { cancelReasons } from './lessons.ts';
import { addDays, type CalendarDay } from './parsers.ts';
import { dated, recordMembers, statusQuery, wholeList } from './records.ts';
import { visibleText } from './text.ts';
import { vehicleFields } from './vehicle-fields.ts';

/** A vehicle's fields in their normal form, as they are stored. */
export type VehicleFields = RecordOf<typeof vehicleFields>;

/** Days before a paper expires in which it is marked: renewals take weeks. */
export const expiresSoonDays = 30;

/** `missing`: not recorded, so no lesson can be booked. `not_required`: no safety certificate. */
export const paperStates = ['expired', 'missing', 'soon', 'valid', 'not_required'] as const;
export type PaperState = (typeof paperStates)[number];
const paperSchema = z.object({
  field: z.enum(vehicleDateNames),
  expires_on: calendarDay.nullable(),
  state: z.enum(paperStates).meta({ description: `\`soon\`: within ${expiresSoonDays} days` }),
});
/** Insurance, registration or safety certificate of a vehicle. */
export type Paper = z.infer<typeof paperSchema>;

export const vehicleSchema = z.object({
  id: z.string(),
  ...readShape(vehicleFields),
  location_name: z.string().nullable(),
  papers: z.array(paperSchema).meta({ description: 'On the calendar day of the school' }),
  ...recordMembers,
});
export type Vehicle = z.infer<typeof vehicleSchema>;

/** The answer for one vehicle. */
export const vehicleAnswerSchema = z.object({ data: vehicleSchema, ...dated });
export type VehicleAnswer = z.infer<typeof vehicleAnswerSchema>;

/** A lesson that a change breaks. */
const brokenLessonSchema = z.object({ id: z.string(), local_date: calendarDay, starts_at: instant, ends_at: instant });
export type BrokenLesson = z.infer<typeof brokenLessonSchema>;

/** The answer of `PATCH`. `affected_lessons`: booked future lessons that the changed dates break. */
export const vehicleChangedSchema = vehicleAnswerSchema.extend({
  affected_lessons: z.array(z.string()),
  affected: z.array(brokenLessonSchema).meta({ description: 'The same lessons with their times' }),
});
export type VehicleChanged = z.infer<typeof vehicleChangedSchema>;

/** `GET /api/vehicles`. Sorted by plate. */
export const vehicleListSchema = z.object({ data: z.array(vehicleSchema), ...wholeList });
export type VehicleList = z.infer<typeof vehicleListSchema>;
export const vehicleQuerySchema = z.object({ status: statusQuery });
export type VehicleQuery = z.infer<typeof vehicleQuerySchema>;

/** The body of a request that adds a vehicle. For documentation and types; `parseVehicle` validates it. */
export const vehicleWriteSchema = z.object(writeShape(vehicleFields));
export type VehicleWrite = z.infer<typeof vehicleWriteSchema>;
/** `PATCH`: JSON merge patch (RFC 7396). */
export const vehicleChangesSchema = vehicleWriteSchema.partial();
export type VehicleChanges = z.infer<typeof vehicleChangesSchema>;
export const vehicleChangeQuerySchema = z.object({
  preview: z
    .enum(['true', 'false'], 'Send true or false.')
    .default('false')
    .meta({ description: '`true`: nothing is saved, and If-Match is not required' }),
});

/** Parses a vehicle that was sent or typed. */
export function parseVehicle(input: unknown): ParsedRecord<VehicleFields> {
  return parseRecord(vehicleFields, input);
}

/** The state of each paper of a vehicle on a day. */
export function papersOn(vehicle: Pick<VehicleFields, (typeof vehicleDateNames)[number]>, today: CalendarDay): Paper[] {
  return vehicleDateNames.map((field) => {
    const expires_on = vehicle[field];
    return { field, expires_on, state: stateOf(field, expires_on, today) };
  });
}

function stateOf(field: Paper['field'], expiresOn: CalendarDay | null, today: CalendarDay): PaperState {
  if (expiresOn === null) return field === 'safety_expires_on' ? 'not_required' : 'missing';
  if (expiresOn < today) return 'expired';
  return expiresOn <= addDays(today, expiresSoonDays) ? 'soon' : 'valid';
}

/** The longest reason of an outage, in characters. */
export const outageReasonLengthMax = 200;

const timeText = (description: string) => z.string().max(40).meta({ description, example: '2026-03-09T09:00' });

/**
 * `POST /api/vehicles/{vehicle_id}/outages`. Times without offset are wall times at the car's usual location, or at the
 * school's first one.
 */
export const outageWriteSchema = z.strictObject({
  from: timeText('When the car can’t be used any more'),
  to: timeText('When it can be used again'),
  reason: visibleText(outageReasonLengthMax).nullable().optional(),
  and_cancel: z
    .strictObject({ reason: z.enum(cancelReasons) })
    .optional()
    .meta({ description: 'Cancels the lessons that are booked in this time, in the same transaction' }),
});
export type OutageWrite = z.infer<typeof outageWriteSchema>;

export const outageSchema = z.object({
  id: z.string(),
  vehicle_id: z.string(),
  from: instant,
  to: instant,
  local_from: z.string().meta({ description: 'Wall time', example: '2026-03-09T09:00' }),
  local_to: z.string(),
  time_zone: z.string(),
  reason: z.string().nullable(),
  version: z.int(),
});
export type Outage = z.infer<typeof outageSchema>;

/** The answer for one outage. */
export const outageAnswerSchema = z.object({ data: outageSchema, ...dated });
/** The answer to a new outage. */
export const outageAddedSchema = outageAnswerSchema.extend({ cancelled_lessons: z.array(z.string()) });
export type OutageAdded = z.infer<typeof outageAddedSchema>;
/** `GET /api/vehicles/{vehicle_id}/outages`. The latest first. */
export const outageListSchema = z.object({ data: z.array(outageSchema), ...wholeList });
export type OutageList = z.infer<typeof outageListSchema>;
