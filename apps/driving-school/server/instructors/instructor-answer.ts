import { z } from 'zod';

/** Path parameters of an instructor's routes. */
export const instructorPath = z.object({ instructor_id: z.uuid('This is not the ID of an instructor.') });
