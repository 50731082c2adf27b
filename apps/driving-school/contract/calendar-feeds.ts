import { z } from 'zod';
import { instant } from './field-schemas.ts';

/** Links that one instructor can have at the same time. */
export const feedsPerInstructorMax = 20;
/** The period of a feed: days before and after today, all included. */
export const feedDaysBack = 30;
export const feedDaysAhead = 180;

/** `POST /api/calendar-feeds`. */
export const calendarFeedCreateSchema = z.strictObject({ instructor_id: z.uuid('Send the ID of an instructor.') });
export type CalendarFeedCreate = z.infer<typeof calendarFeedCreateSchema>;

/** The answer to the creation. The only one that contains the link. */
export const calendarFeedCreatedSchema = z.object({
  data: z.object({
    id: z.string(),
    url: z.string().meta({ example: 'https://school.example.ca/calendar/….ics' }),
  }),
});
export type CalendarFeedCreated = z.infer<typeof calendarFeedCreatedSchema>;

/** A link with which calendar programs read the lessons of an instructor, without its address. */
export const calendarFeedSchema = z.object({
  id: z.string(),
  instructor_id: z.string(),
  instructor_name: z.string(),
  created_at: instant,
  last_read_at: instant.nullable().meta({ description: 'When a calendar program last read it on this server' }),
});
export type CalendarFeed = z.infer<typeof calendarFeedSchema>;

const dated = { stale: z.boolean(), as_of: instant };

/** `GET /api/calendar-feeds/{id}`. */
export const calendarFeedAnswerSchema = z.object({ data: calendarFeedSchema, ...dated });

/** `GET /api/calendar-feeds`. */
export const calendarFeedListSchema = z.object({
  data: z.array(calendarFeedSchema),
  next_cursor: z.null(),
  ...dated,
  complete: z.boolean(),
});
export type CalendarFeedList = z.infer<typeof calendarFeedListSchema>;
