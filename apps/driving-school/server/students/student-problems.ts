import type { FastifyRequest } from 'fastify';
import type { ImportReport } from '../../contract/student-import.ts';
import { etagOf } from '../platform/http/change-headers.ts';
import {
  invalidValues,
  isolationProblem,
  noCopyProblem,
  ProblemError,
  unavailableDatabase,
} from '../platform/http/problems.ts';
import {
  ImportBusyError,
  ImportNotCheckedError,
  LicenceLimitError,
  LicenceSearchForbiddenError,
  LicenceTakenError,
  StudentChangedError,
  StudentInvalidError,
  StudentNotFoundError,
} from './student-errors.ts';
import { LicenceUnreadableError } from './licence-cipher.ts';

/**
 * Maps the errors of the students' routes to problems.
 *
 * @returns undefined for errors of the platform, such as an outage during a change
 */
export function studentProblem(error: unknown, { routeOptions }: FastifyRequest): ProblemError | undefined {
  if (error instanceof StudentInvalidError) return invalidValues(error.problems);
  if (error instanceof StudentNotFoundError) {
    return new ProblemError({
      status: 404,
      code: 'student_not_found',
      title: 'No such student',
      detail: 'There is no such student, or you don’t have access.',
    });
  }
  if (error instanceof StudentChangedError) {
    return new ProblemError({
      status: 412,
      code: 'student_changed',
      title: 'Changed by someone else',
      detail:
        'Someone else has changed this student. Nothing was saved. Load the record again, then repeat your change.',
      headers: { etag: etagOf({ version: error.currentVersion }) },
      members: { current_version: error.currentVersion },
    });
  }
  if (error instanceof LicenceTakenError) {
    const message = 'Another student of the school has this licence number. Check the card, or open that student.';
    return new ProblemError({
      status: 409,
      code: 'licence_number_taken',
      title: 'Licence number is taken',
      detail: `${message} Nothing was saved.`,
      errors: [{ pointer: '/licence_number', code: 'taken', message }],
    });
  }
  if (error instanceof LicenceSearchForbiddenError) {
    return new ProblemError({
      status: 403,
      code: 'licence_search_not_permitted',
      title: 'Not permitted',
      detail: 'Only the owner and the office can search by licence number. Search by name, phone or e-mail instead.',
    });
  }
  if (error instanceof LicenceLimitError) return limitReached(error);
  if (error instanceof LicenceUnreadableError) {
    return new ProblemError({
      status: 409,
      code: 'licence_number_unreadable',
      title: 'Licence number cannot be read',
      detail: 'The licence number cannot be read with the key of this installation. Enter it again from the card.',
      cause: error,
    });
  }
  if (error instanceof ImportBusyError) {
    return new ProblemError({
      status: 429,
      code: 'import_busy',
      title: 'Another import is running',
      detail: 'Nothing was imported. Try again when the other import has finished.',
      headers: { 'retry-after': String(error.retryAfterSeconds) },
    });
  }
  if (error instanceof ImportNotCheckedError) {
    return (
      isolationProblem(error.cause) ??
      unavailableDatabase(error.cause, {
        title: 'The database is not answering',
        detail: 'The file can’t be checked while the database is not answering. Try again in a moment.',
      })
    );
  }
  return routeOptions.config.isRead === true && !(error instanceof ProblemError) ? noCopyProblem(error) : undefined;
}

/** The problem of a whole licence number in a URL. */
export function licenceNumberInUrl(): ProblemError {
  return new ProblemError({
    status: 422,
    code: 'licence_number_in_address',
    title: "Licence numbers can't be used in URLs",
    detail: 'URLs are kept in histories and logs. Send this search to POST /api/students/search.',
    errors: [{ pointer: '?q', code: 'licence_number_in_address', message: 'Send this search as a POST.' }],
  });
}

/** The problem of an import without a file. */
export function notCsv(): ProblemError {
  return new ProblemError({
    status: 415,
    code: 'unsupported_media_type',
    title: 'Not a CSV file',
    detail: 'Send the file itself, with the header Content-Type: text/csv.',
  });
}

/** The problem of a file whose rows can't all be imported. Contains the report. */
export function importRefused(report: ImportReport): ProblemError {
  const rows = report.rows - report.accepted;
  return new ProblemError({
    status: 422,
    code: 'import_refused',
    title: 'Nothing was imported',
    detail:
      rows > 0
        ? `Nothing was imported: ${rows === 1 ? 'one row needs' : `${rows} rows need`} attention. Correct the file and send it again.`
        : 'Nothing was imported: the file cannot be read. See `problems`.',
    members: { ...report },
  });
}

function limitReached({ kind, limit, retryAfterSeconds }: LicenceLimitError): ProblemError {
  const minutes = Math.ceil(retryAfterSeconds / 60);
  const wait = `Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`;
  return new ProblemError({
    status: 429,
    code: kind === 'reveals' ? 'too_many_reveals' : 'too_many_licence_searches',
    title: 'Limit reached',
    detail:
      kind === 'reveals'
        ? `You have revealed ${limit} licence numbers within an hour, which is the limit. ${wait}`
        : `You have searched for licence numbers ${limit} times within an hour, which is the limit. Nothing was saved. ${wait}`,
    headers: { 'retry-after': String(retryAfterSeconds) },
  });
}
