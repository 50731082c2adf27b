import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { StudentAnswer } from '../../contract/students.ts';
import { etagOf } from '../platform/http/change-headers.ts';
import type { StudentReading } from './student-service.ts';

/** Path parameters of one student. */
export const studentPath = z.object({ student_id: z.uuid('This is not the identifier of a student.') });

/** The answer for one student, with its headers. */
export function answerStudent(
  { student, asOf, stale, isolatedUntil }: StudentReading,
  reply: FastifyReply,
): StudentAnswer {
  const as_of = asOf.toString({ smallestUnit: 'millisecond' });
  reply
    .header('etag', etagOf(student))
    .header('x-data-as-of', as_of)
    .header('x-data-source', stale ? 'copy' : 'live');
  return { data: student, stale, as_of, ...(isolatedUntil === undefined ? {} : { isolated_until: isolatedUntil }) };
}
