import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { visibleRecord } from '../../contract/fields.ts';
import { studentFields } from '../../contract/student-fields.ts';
import type { StudentAnswer } from '../../contract/students.ts';
import { etagOf } from '../platform/http/change-headers.ts';
import type { StudentReading } from './student.ts';

/** Path parameters of a student's routes. */
export const studentPath = z.object({ student_id: z.uuid('This is not the ID of a student.') });

/** Creates the answer for a student, without the fields that the user may not see, and sets its headers. */
export function answerStudent(
  { student, asOf, stale, isolatedUntil }: StudentReading,
  { actor }: FastifyRequest,
  reply: FastifyReply,
): StudentAnswer {
  const as_of = asOf.toString({ smallestUnit: 'millisecond' });
  reply
    .header('etag', etagOf(student))
    .header('x-data-as-of', as_of)
    .header('x-data-source', stale ? 'copy' : 'live');
  const data = visibleRecord(studentFields, student, actor.role);
  return { data, stale, as_of, ...(isolatedUntil === undefined ? {} : { isolated_until: isolatedUntil }) };
}
