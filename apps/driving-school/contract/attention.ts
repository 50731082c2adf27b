import { z } from 'zod';
import { expirySchema } from './compliance.ts';
import { calendarDay, instant } from './field-schemas.ts';

/** Days ahead in which a document's expiry is on the list. */
export const expiryDaysAhead = 30;
/** Days ahead in which the end of a course is on the list. */
export const courseEndDaysAhead = 30;
/** Hours ahead in which the last chance to cancel a road test is on the list. */
export const cancelByHoursAhead = 48;

const studentSchema = z.object({ student_id: z.string(), name: z.string() });

/** The answer of `GET /api/attention`: everything that needs attention, by kind. */
export const attentionSchema = z.object({
  data: z.object({
    /** Documents that are missing, have expired, or expire soon. Empty for instructors. */
    expiries: z.array(expirySchema),
    /** Students under 18 with lessons to come and no primary guardian. */
    minors_without_guardian: z.array(studentSchema.extend({ next_lesson_at: instant, turns_18_on: calendarDay })),
    /** Courses that end soon and still need in-vehicle time that is not booked. */
    courses_ending: z.array(
      studentSchema.extend({
        enrolment_id: z.string(),
        deadline_on: calendarDay,
        days_left: z.int(),
        missing_minutes: z.int().meta({ description: 'Required minutes that are neither given nor booked' }),
      }),
    ),
    /** Road tests that can be cancelled only until the given instant. */
    road_tests: z.array(
      studentSchema.extend({ lesson_id: z.string(), starts_at: instant, local_start: z.string(), cancel_by: instant }),
    ),
  }),
  stale: z.boolean(),
  as_of: instant,
});
export type Attention = z.infer<typeof attentionSchema>['data'];
export type AttentionAnswer = z.infer<typeof attentionSchema>;
