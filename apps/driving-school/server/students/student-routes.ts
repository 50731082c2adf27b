import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ProblemDetail } from '../../contract/problem.ts';
import { dateOrders } from '../../contract/student-dates.ts';
import {
  type ImportReport,
  importBytesMax,
  importReportSchema,
  looksLikeLicenceNumber,
  revealedLicenceNumberSchema,
  type Student,
  studentAnswerSchema,
  type StudentAnswer,
  studentChangesSchema,
  type StudentList,
  studentListSchema,
  type StudentQuery,
  studentQuerySchema,
  studentWriteSchema,
} from '../../contract/students.ts';
import type { Policies } from '../policies.ts';
import { jsonParser } from '../platform/http/json-body.ts';
import { requireRole } from '../platform/http/access.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { isolationProblem, ProblemError, problemOf } from '../platform/http/problems.ts';
import { idempotencyKeyLengthMax } from '../platform/idempotency.ts';
import { importTemplate } from './import-columns.ts';
import type { ChangeRequest } from './change-runner.ts';
import type { StudentReading, StudentService } from './student-service.ts';
import {
  type ChangeNotSavedError,
  type ChangeUnknownError,
  type CursorInvalidError,
  type ImportBusyError,
  type LicenceLimitError,
  type LicenceSearchForbiddenError,
  type LicenceTakenError,
  type StudentChangedError,
  type StudentInvalidError,
  type StudentNotFoundError,
} from './student-errors.ts';

/** What the routes stand on. */
export interface StudentRouteParts {
  readonly students: StudentService;
  readonly policies: Pick<Policies, 'getStudent'>;
}

const tags = ['Students'];
const studentPath = z.object({ student_id: z.uuid('This is not the identifier of a student.') });
const keyHeader = z
  .string()
  .min(1, 'Send a key of at least one character.')
  .max(idempotencyKeyLengthMax, `Send a key of at most ${idempotencyKeyLengthMax} characters.`)
  .optional()
  .meta({ description: 'The same key with the same body takes effect once, however often it is sent' });
const keyHeaders = z.object({ 'idempotency-key': keyHeader });
const changeHeaders = z.object({
  'if-match': z.string().optional().meta({ description: 'The ETag that was read last', example: '"3"' }),
  'idempotency-key': keyHeader,
});

/**
 * Adds `/api/students`.
 *
 * @throws never for what the database does: that is what the routes are for
 */
export function registerStudents(app: HttpServer, parts: StudentRouteParts): void {
  // In a context of its own, so that only these routes take CSV and merge patches.
  void app.register(async (inner) => {
    inner.addContentTypeParser('text/csv', { parseAs: 'buffer', bodyLimit: importBytesMax }, (_request, body, done) => {
      done(null, body);
    });
    inner.addContentTypeParser('application/merge-patch+json', { parseAs: 'string' }, jsonParser(inner));
    registerReading(inner, parts);
    registerChanging(inner, parts);
    registerImport(inner, parts);
  });
}

function registerReading(app: HttpServer, { students, policies }: StudentRouteParts): void {
  const preHandler = requireRole('owner', 'office', 'instructor');

  app.get(
    '/api/students',
    {
      preHandler,
      schema: {
        tags,
        summary: 'List and search students',
        description:
          'While the database cannot answer, the copies of students seen before are searched: `stale` is then true and ' +
          '`complete` false. An instructor sees only the students assigned to them.',
        querystring: studentQuerySchema,
        response: { 200: studentListSchema },
      },
    },
    async (request, reply) => {
      if (request.query.q !== undefined && looksLikeLicenceNumber(request.query.q)) {
        throw new ProblemError({
          status: 422,
          code: 'licence_number_in_address',
          title: "Licence numbers can't be used in URLs",
          detail: 'Addresses are kept in histories and logs. Send this search to POST /api/students/search.',
          errors: [{ pointer: '?q', code: 'licence_number_in_address', message: 'Send this search as a POST.' }],
        });
      }
      return answerList(await search(students, request, request.query), reply);
    },
  );

  app.post(
    '/api/students/search',
    {
      preHandler,
      schema: {
        tags,
        summary: 'Search students without leaving the search in an address',
        description:
          'Like the list, with the search in the body. The only way to search for a licence number, for owner and ' +
          'office: at most 60 such searches an hour for a person, each in the audit log.',
        body: studentQuerySchema,
        response: { 200: studentListSchema },
      },
    },
    async (request, reply) => answerList(await search(students, request, request.body), reply),
  );

  app.get(
    '/api/students/:student_id',
    {
      preHandler,
      schema: {
        tags,
        summary: 'One student',
        description:
          'Live, or while the database cannot answer a copy (`stale`) if the student was seen before. 404 is only ' +
          'ever answered after asking the database; 503 means that it could not be asked.',
        params: studentPath,
        response: { 200: studentAnswerSchema },
      },
    },
    async (request, reply) => {
      const { student_id: studentId } = request.params;
      const reading = await reporting(request, () =>
        students.read(request.actor, studentId, { guard: policies.getStudent, context: request.recovery }),
      );
      return answerStudent(reading, reply);
    },
  );
}

function registerChanging(app: HttpServer, { students }: StudentRouteParts): void {
  const preHandler = requireRole('owner', 'office');
  // What is wrong with a student is told all at once by the contract's own judge; the schema is for the description.
  const validatorCompiler = judgeBodiesElsewhere;

  app.post(
    '/api/students',
    {
      preHandler,
      schema: {
        tags,
        summary: 'Add a student',
        headers: keyHeaders,
        body: studentWriteSchema,
        response: { 201: studentAnswerSchema },
      },
      validatorCompiler,
    },
    async (request, reply) => {
      const reading = await reporting(request, () => students.create(request.body, changeOf(request)));
      reply.code(201).header('location', `/api/students/${reading.student.id}`);
      return answerStudent(reading, reply);
    },
  );

  app.patch(
    '/api/students/:student_id',
    {
      preHandler,
      schema: {
        tags,
        summary: 'Change a student',
        description:
          'JSON merge patch (RFC 7396): omitted fields stay as they are, null clears a field. If-Match is required.',
        consumes: ['application/merge-patch+json', 'application/json'],
        params: studentPath,
        headers: changeHeaders,
        body: studentChangesSchema,
        response: { 200: studentAnswerSchema },
      },
      validatorCompiler,
    },
    async (request, reply) => {
      const studentId = studentIdOf(request);
      const change = { ...changeOf(request), version: versionOf(request) };
      const reading = await reporting(request, () => students.change(studentId, patchOf(request.body), change));
      return answerStudent(reading, reply);
    },
  );

  for (const [action, status, summary] of [
    ['archive', 'archived', 'Archive a student'],
    ['restore', 'active', 'Restore an archived student'],
  ] as const) {
    app.post(
      `/api/students/:student_id/${action}`,
      {
        preHandler,
        schema: {
          tags,
          summary,
          description: 'If-Match is required.',
          params: studentPath,
          headers: changeHeaders,
          response: { 200: studentAnswerSchema },
        },
      },
      async (request, reply) => {
        const studentId = studentIdOf(request);
        const change = { ...changeOf(request), version: versionOf(request) };
        const reading = await reporting(request, () => students.setStatus(studentId, status, change));
        return answerStudent(reading, reply);
      },
    );
  }

  app.post(
    '/api/students/:student_id/licence-number/reveal',
    {
      preHandler,
      schema: {
        tags,
        summary: 'The licence number in full',
        description:
          'At most 30 an hour for a person. Each is in the audit log, without the number, before it is shown.',
        params: studentPath,
        response: { 200: revealedLicenceNumberSchema },
      },
    },
    async (request) => {
      const studentId = studentIdOf(request);
      const licenceNumber = await reporting(
        request,
        () => students.revealLicenceNumber(request.actor, studentId, request.recovery),
        'reads',
      );
      request.log.info(
        { event: 'licence_number_revealed', student_id: studentId, actor_id: request.actor.userId },
        'A licence number was shown in full',
      );
      return { data: { licence_number: licenceNumber } };
    },
  );
}

function registerImport(app: HttpServer, { students }: StudentRouteParts): void {
  const preHandler = requireRole('owner', 'office');

  app.get(
    '/api/students/import/template',
    { preHandler, schema: { tags, summary: 'Download an import template with one example row' } },
    async (_request, reply) =>
      reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="students-template.csv"')
        .send(importTemplate()),
  );

  app.post(
    '/api/students/import',
    {
      preHandler,
      bodyLimit: importBytesMax,
      schema: {
        tags,
        summary: 'Import students from a CSV file',
        description:
          'CSV in UTF-8 or UTF-16, at most 5,000 rows. All rows or none. `dry_run=true` only reports. A file with a bad ' +
          'row or a duplicate is answered with 422 and the same report, and changes nothing. One import runs at a time; ' +
          'others are answered with 429 and Retry-After.',
        consumes: ['text/csv'],
        querystring: z.object({
          dry_run: z.enum(['true', 'false'], 'Send true or false.').default('false'),
          skip_existing: z
            .enum(['true', 'false'], 'Send true or false.')
            .default('false')
            .meta({ description: 'Leave out rows whose student is there already, instead of refusing the file' }),
          date_order: z
            .enum(dateOrders, `Send one of: ${dateOrders.join(', ')}.`)
            .default('ymd')
            .meta({ description: 'Of dates with the year last: `mdy` for 03/09/2008, `dmy` for 09/03/2008' }),
        }),
        headers: keyHeaders,
        response: { 200: importReportSchema },
      },
    },
    async (request, reply) => {
      // An empty file is a file: it gets its own sentence.
      const isEmpty = request.body === undefined && request.headers['content-type']?.startsWith('text/csv') === true;
      const file: unknown = isEmpty ? new Uint8Array() : request.body;
      if (!(file instanceof Uint8Array)) {
        throw new ProblemError({
          status: 415,
          code: 'unsupported_media_type',
          title: 'Not a CSV file',
          detail: 'Send the file itself, with the header Content-Type: text/csv.',
        });
      }
      const { dry_run: dry, skip_existing: skip, date_order: dateOrder } = request.query;
      const [dryRun, skipsExisting] = [dry === 'true', skip === 'true'];
      const report = await reporting(
        request,
        () => students.import(file, { ...changeOf(request), dryRun, skipsExisting, dateOrder }),
        dryRun ? 'checks' : 'changes',
      );
      if (!dryRun && report.applied === 0) throw importRefused(report);
      return reply.send(report);
    },
  );
}

function search(students: StudentService, request: FastifyRequest, query: StudentQuery): Promise<StudentList> {
  return reporting(request, () => students.list(request.actor, query, request.recovery), 'reads');
}

function answerList(list: StudentList, reply: FastifyReply): StudentList {
  reply.header('x-data-as-of', list.as_of).header('x-data-source', list.stale ? 'copy' : 'live');
  return list;
}

function answerStudent({ student, asOf, stale, isolatedUntil }: StudentReading, reply: FastifyReply): StudentAnswer {
  const as_of = asOf.toString({ smallestUnit: 'millisecond' });
  reply
    .header('etag', etagOf(student))
    .header('x-data-as-of', as_of)
    .header('x-data-source', stale ? 'copy' : 'live');
  return { data: student, stale, as_of, ...(isolatedUntil === undefined ? {} : { isolated_until: isolatedUntil }) };
}

function etagOf({ version }: Pick<Student, 'version'>): string {
  return `"${version}"`;
}

function changeOf(request: FastifyRequest): ChangeRequest {
  const key = request.headers['idempotency-key'];
  const keyed = typeof key === 'string' ? { idempotencyKey: key } : {};
  return { actor: request.actor, context: request.recovery, ...keyed };
}

function studentIdOf(request: FastifyRequest): string {
  const parsed = studentPath.safeParse(request.params);
  if (parsed.success) return parsed.data.student_id;
  const message = parsed.error.issues[0]?.message ?? '';
  throw invalid([{ pointer: '?student_id', code: 'id_format', message }]);
}

/** The version that the caller has seen, of `If-Match: "3"`. */
function versionOf(request: FastifyRequest): number {
  const text = request.headers['if-match'];
  const version = /^(?:W\/)?"(\d{1,9})"$/.exec(text?.trim() ?? '')?.[1];
  if (version !== undefined) return Number(version);
  throw new ProblemError({
    status: 428,
    code: 'precondition_required',
    title: 'Version required',
    detail: 'Send the ETag of the version you have read as If-Match, such as If-Match: "3".',
  });
}

function patchOf(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw invalid([{ pointer: '', code: 'wrong_type', message: 'Send a JSON object with the fields to change.' }]);
}

/** Checks parameters and headers by their schema and leaves the body to the service. */
const judgeBodiesElsewhere = ({ schema, httpPart }: { schema: unknown; httpPart?: string | undefined }) => {
  return (value: unknown): { value: unknown } | { error: Error } => {
    if (httpPart === 'body') return { value };
    const parsed = (schema as z.ZodType).safeParse(value);
    return parsed.success
      ? { value: parsed.data }
      : {
          error: invalid(
            parsed.error.issues.map(({ path, code, message }) => ({ pointer: `?${path.join('.')}`, code, message })),
          ),
        };
  };
};

type OwnError =
  | StudentInvalidError
  | StudentNotFoundError
  | StudentChangedError
  | LicenceTakenError
  | LicenceSearchForbiddenError
  | LicenceLimitError
  | ImportBusyError
  | CursorInvalidError
  | ChangeNotSavedError
  | ChangeUnknownError
  | { readonly code: 'IDEMPOTENCY_KEY_REUSED' | 'REQUEST_TOO_DEEP' | 'LICENCE_UNREADABLE' };

/** Runs what a route asks for, and says in HTTP what went wrong. */
async function reporting<T>(
  request: FastifyRequest,
  work: () => Promise<T>,
  kind: 'reads' | 'checks' | 'changes' = request.method === 'GET' ? 'reads' : 'changes',
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const own = problemOfStudents(error as OwnError, request);
    if (own !== undefined) throw own;
    if (kind === 'changes') throw error;
    const general = problemOf(error, { method: 'GET' });
    if (general.status !== 503 && general.status !== 504) throw error;
    if (kind === 'checks') throw isolationProblem(error) ?? cannotKnow(general, error, cannotCheck);
    throw (
      isolationProblem(error, '', 'There is no copy of this. Try again after that.') ??
      cannotKnow(general, error, noCopy)
    );
  }
}

const noCopy = 'The database can’t be reached, and this server has no copy. Try again in a moment.';
const cannotCheck = 'The file can’t be checked while the database is not answering. Try again in a moment.';

/** We could not ask the database: never 404, for that would be an answer. */
function cannotKnow(general: ProblemError, cause: unknown, detail: string): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'unavailable',
    title: 'The database is not answering',
    detail,
    headers: { 'retry-after': general.headers['retry-after'] ?? '5' },
    cause,
  });
}

function problemOfStudents(error: OwnError, request: FastifyRequest): ProblemError | undefined {
  switch (error.code) {
    case 'STUDENT_INVALID':
      return invalid(error.problems);
    case 'STUDENT_NOT_FOUND':
      return new ProblemError({
        status: 404,
        code: 'student_not_found',
        title: 'No such student',
        detail: 'There is no such student, or it is not one of yours.',
      });
    case 'STUDENT_CHANGED':
      return new ProblemError({
        status: 412,
        code: 'student_changed',
        title: 'Changed by someone else',
        detail:
          'Someone else has changed this student. Nothing was saved. Load the record again, then repeat your change.',
        headers: { etag: etagOf({ version: error.currentVersion }) },
        members: { current_version: error.currentVersion },
      });
    case 'LICENCE_TAKEN': {
      const message = 'Another student of the school has this licence number. Check the card, or open that student.';
      return new ProblemError({
        status: 409,
        code: 'licence_number_taken',
        title: 'Licence number is taken',
        detail: `${message} Nothing was saved.`,
        errors: [{ pointer: '/licence_number', code: 'taken', message }],
      });
    }
    case 'LICENCE_SEARCH_FORBIDDEN':
      return new ProblemError({
        status: 403,
        code: 'licence_search_not_permitted',
        title: 'Not permitted',
        detail: 'Only the owner and the office can search by licence number. Search by name, phone or e-mail instead.',
      });
    case 'LICENCE_LIMIT':
      return licenceLimit(error);
    case 'IMPORT_BUSY':
      return new ProblemError({
        status: 429,
        code: 'import_busy',
        title: 'Another import is running',
        detail: 'Nothing was imported. Wait until the other import is finished, then try again.',
        headers: { 'retry-after': String(error.retryAfterSeconds) },
      });
    case 'REQUEST_TOO_DEEP':
      return invalid([{ pointer: '', code: 'too_deep', message: 'Send a JSON object without deeply nested values.' }]);
    case 'CURSOR_INVALID':
      return invalid([
        {
          pointer: '?cursor',
          code: 'cursor_invalid',
          message: 'This cursor belongs to another search. Start with the first page.',
        },
      ]);
    case 'IDEMPOTENCY_KEY_REUSED':
      return new ProblemError({
        status: 422,
        code: 'idempotency_key_reused',
        title: 'Idempotency-Key was used before',
        detail: 'This Idempotency-Key was used for something else. Nothing was saved. Use a new key for a new request.',
      });
    case 'LICENCE_UNREADABLE':
      return new ProblemError({
        status: 409,
        code: 'licence_number_unreadable',
        title: 'Licence number cannot be read',
        detail: 'The licence number cannot be read with the key of this installation. Enter it again from the card.',
        cause: error,
      });
    case 'CHANGE_NOT_SAVED':
      return (
        isolationProblem(error.cause, 'Nothing was saved. ') ??
        closed(error.cause, 'unavailable', 'Nothing was saved. The database cannot be reached. Try again in a moment.')
      );
    case 'CHANGE_UNKNOWN':
      return closed(
        error.cause,
        'outcome_unknown',
        typeof request.headers['idempotency-key'] === 'string'
          ? 'The database stopped answering while it was saving. Send the same request with the same Idempotency-Key: it takes effect once.'
          : 'The database stopped answering while it was saving. Check whether the change is there before you repeat it.',
      );
    default:
      return undefined;
  }
}

function licenceLimit({ kind, limit, retryAfterSeconds }: LicenceLimitError): ProblemError {
  const minutes = Math.ceil(retryAfterSeconds / 60);
  const wait = `Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`;
  const detail =
    kind === 'reveals'
      ? `You have shown ${limit} licence numbers within an hour, which is the limit. ${wait}`
      : `You have compared licence numbers ${limit} times within an hour, which is the limit. Nothing was saved. ${wait}`;
  return new ProblemError({
    status: 429,
    code: kind === 'reveals' ? 'too_many_reveals' : 'too_many_licence_searches',
    title: 'Limit reached',
    detail,
    headers: { 'retry-after': String(retryAfterSeconds) },
  });
}

function closed(cause: unknown, code: string, detail: string): ProblemError {
  const { headers } = problemOf(cause, { method: 'GET' });
  return new ProblemError({
    status: 503,
    code,
    title: 'Saving is not possible right now',
    detail,
    headers: { 'retry-after': headers['retry-after'] ?? '5' },
    cause,
  });
}

function invalid(errors: readonly ProblemDetail[]): ProblemError {
  return new ProblemError({
    status: 422,
    code: 'invalid_request',
    title: 'Some values are not valid',
    detail: errors.length === 1 ? (errors[0]?.message ?? '') : `${errors.length} values are not valid; see errors.`,
    errors,
  });
}

function importRefused(report: ImportReport): ProblemError {
  const rows = report.rows - report.accepted;
  return new ProblemError({
    status: 422,
    code: 'import_refused',
    title: 'Nothing was imported',
    detail:
      rows > 0
        ? `Nothing was imported: ${rows === 1 ? 'one row needs' : `${rows} rows need`} attention. Correct the file and send it again.`
        : 'Nothing was imported: the file cannot be used as it is. See problems.',
    members: { ...report },
  });
}
