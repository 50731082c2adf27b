import { z } from 'zod';
import { calendarDay } from './field-schemas.ts';
import type { FieldTable } from './fields.ts';
import { type ParsedRecord, parseRecord, type RecordOf } from './fields.ts';
import { holidayYearMax, holidayYearMin } from './ontario-holidays.ts';
import { type Parsed, parseId, parseLine, textLengthMax } from './parsers.ts';
import { dated, wholeList } from './records.ts';

/** The fields of a closed day, in the order of the form. */
export const closedDayFields = {
  day: { kind: 'day', required: 'Enter the day.', label: 'Day', hint: 'Year, month, day: 2026-12-24' },
  name: {
    kind: 'text',
    parse: parseShortLine,
    required: 'Enter a name, such as Staff training.',
    label: 'Name',
    hint: 'Such as Staff training',
    input: { lengthMax: textLengthMax },
  },
  location_id: {
    kind: 'text',
    parse: parseId,
    label: 'Location',
    api: { description: 'null: all locations' },
  },
} as const satisfies FieldTable;
export type ClosedDayFields = RecordOf<typeof closedDayFields>;

export const closedDaySchema = z.object({
  id: z.string(),
  day: calendarDay,
  name: z.string(),
  location_id: z.string().nullable().meta({ description: 'null: all locations' }),
  location_name: z.string().nullable(),
});
export type ClosedDay = z.infer<typeof closedDaySchema>;

const lessons = z
  .array(z.string())
  .meta({ description: 'IDs of the lessons that are booked on these days. They stay booked' });

/** The answer for one closed day. */
export const closedDayAnswerSchema = z.object({ data: closedDaySchema, ...dated });
/** The answer to a new closed day. */
export const closedDayAddedSchema = closedDayAnswerSchema.extend({ lessons });
export type ClosedDayAdded = z.infer<typeof closedDayAddedSchema>;

const dayText = z.iso.date('Send a calendar day.').optional();

/** `GET /api/closed-days`. Both days are included. Default: the current year. */
export const closedDayQuerySchema = z.object({ from: dayText, to: dayText });
export type ClosedDayQuery = z.infer<typeof closedDayQuerySchema>;
export const closedDayListSchema = z.object({ data: z.array(closedDaySchema), ...wholeList });
export type ClosedDayList = z.infer<typeof closedDayListSchema>;

/** `POST /api/closed-days`. */
export const closedDayWriteSchema = z.object({
  day: calendarDay,
  name: z.string(),
  location_id: z.string().nullable().optional().meta({ description: 'null: all locations' }),
});
export type ClosedDayWrite = z.infer<typeof closedDayWriteSchema>;

/** `POST /api/closed-days/ontario-holidays`. */
export const holidaysWriteSchema = z.strictObject({
  year: z
    .int(`Send a year from ${holidayYearMin} to ${holidayYearMax}.`)
    .min(holidayYearMin, `Send a year from ${holidayYearMin} to ${holidayYearMax}.`)
    .max(holidayYearMax, `Send a year from ${holidayYearMin} to ${holidayYearMax}.`),
});

/** The answer to `POST /api/closed-days/ontario-holidays`. `data`: the days that were added; the others were there. */
export const holidaysAddedSchema = z.object({ data: z.array(closedDaySchema), ...dated, lessons });
export type HolidaysAdded = z.infer<typeof holidaysAddedSchema>;

/** Parses a closed day that was sent or typed. */
export function parseClosedDay(input: unknown): ParsedRecord<ClosedDayFields> {
  return parseRecord(closedDayFields, input);
}

function parseShortLine(text: string): Parsed<string> {
  return parseLine(text, textLengthMax);
}
