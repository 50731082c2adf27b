import { z } from 'zod';
import { calendarDay, instant } from './field-schemas.ts';

/** The days ahead that the list covers: the default and the maximum. */
export const complianceDays = 90;
export const complianceDaysMax = 730;

export const expiryKinds = [
  'instructor_licence',
  'instructor_contract',
  'vehicle_insurance',
  'vehicle_registration',
  'vehicle_safety',
  'student_licence',
] as const;
export type ExpiryKind = (typeof expiryKinds)[number];

export const expiryStates = ['missing', 'expired', 'expiring'] as const;
export type ExpiryState = (typeof expiryStates)[number];

/** `GET /api/compliance`. */
export const complianceQuerySchema = z.object({
  days: z.coerce
    .number('Send a whole number.')
    .int('Send a whole number.')
    .min(0, `Send a number from 0 to ${complianceDaysMax}.`)
    .max(complianceDaysMax, `Send a number from 0 to ${complianceDaysMax}.`)
    .default(complianceDays),
});

/** A document that has expired, expires soon, or is not recorded although it is needed. */
export const expirySchema = z.object({
  kind: z.enum(expiryKinds),
  subject_kind: z.enum(['instructor', 'vehicle', 'student']),
  subject_id: z.string(),
  name: z.string(),
  state: z.enum(expiryStates),
  expires_on: calendarDay.nullable().meta({ description: 'The last valid day; null: not recorded' }),
  days_left: z.int().nullable().meta({ description: '0: today is the last day; negative: expired' }),
  affected_lessons: z
    .array(z.string())
    .meta({ description: 'Booked lessons that the rule refuses, the earliest first' }),
  affected_count: z.int(),
});
export type Expiry = z.infer<typeof expirySchema>;

/** The answer of `GET /api/compliance`: not recorded first, then by date. */
export const complianceSchema = z.object({
  data: z.array(expirySchema),
  next_cursor: z.null(),
  stale: z.boolean(),
  as_of: instant,
  complete: z.literal(true),
});
export type Compliance = z.infer<typeof complianceSchema>;
