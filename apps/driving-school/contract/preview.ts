import { z } from 'zod';

/** `?preview=true` answers what a change would break, and changes nothing. */
export const previewQuerySchema = z.object({
  preview: z
    .enum(['true', 'false'], 'Send true or false.')
    .default('false')
    .transform((text) => text === 'true'),
});

/** IDs of booked lessons that a change breaks, the earliest first. */
export const affectedLessonsSchema = z
  .array(z.string())
  .meta({ description: 'IDs of booked lessons that the change breaks, the earliest first' });
