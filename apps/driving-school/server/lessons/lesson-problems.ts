import type { FastifyRequest } from 'fastify';
import type { Lesson } from '../../contract/lessons.ts';
import { etagOf } from '../platform/http/change-headers.ts';
import { invalidValues, noCopyProblem, ProblemError } from '../platform/http/problems.ts';
import {
  LessonChangedError,
  LessonInvalidError,
  LessonNotBookedError,
  LessonNotFoundError,
  RulesRefuseError,
  SlotTakenError,
  UnclearTimeError,
  UndoExpiredError,
} from './lesson-errors.ts';

/**
 * Maps the errors of the lessons' routes to problems.
 *
 * @returns undefined for errors of the platform, such as an outage during a change
 */
export function lessonProblem(error: unknown, { routeOptions }: FastifyRequest): ProblemError | undefined {
  if (error instanceof LessonInvalidError) return invalidValues(error.problems);
  if (error instanceof UnclearTimeError) return unclearTime(error);
  if (error instanceof RulesRefuseError) return rulesRefuse(error);
  if (error instanceof SlotTakenError) return slotTaken(error);
  if (error instanceof LessonNotFoundError) {
    return new ProblemError({
      status: 404,
      code: 'lesson_not_found',
      title: 'No such lesson',
      detail: 'There is no such lesson, or you don’t have access.',
    });
  }
  if (error instanceof LessonChangedError) {
    return new ProblemError({
      status: 412,
      code: 'lesson_changed',
      title: 'Changed by someone else',
      detail: 'Someone else has changed this lesson. Nothing was saved. Load it again, then repeat your change.',
      headers: { etag: etagOf({ version: error.currentVersion }) },
      members: { current_version: error.currentVersion },
    });
  }
  if (error instanceof LessonNotBookedError) {
    return new ProblemError({
      status: 409,
      code: 'lesson_not_booked',
      title: 'The lesson is not booked',
      detail: `${statusText[error.status]} Nothing was saved.`,
    });
  }
  if (error instanceof UndoExpiredError) {
    return new ProblemError({
      status: 409,
      code: 'undo_expired',
      title: 'Too late to undo',
      detail: 'Changes can be undone for ten minutes. Nothing was saved. Move, cancel or book the lesson instead.',
    });
  }
  return routeOptions.config.isRead === true && !(error instanceof ProblemError) ? noCopyProblem(error) : undefined;
}

const statusText: Readonly<Record<Lesson['status'], string>> = {
  booked: 'The lesson is booked.',
  cancelled: 'The lesson is cancelled. Book a new one instead.',
  done: 'The lesson has been given and can’t be moved or cancelled.',
  no_show: 'The student did not come to the lesson. It can’t be moved or cancelled.',
};

function unclearTime({ text, time, pointer }: UnclearTimeError): ProblemError {
  const message =
    time.code === 'time_ambiguous'
      ? `The clock goes back on this day: ${text} exists twice. Choose one of ${time.choices.join(' and ')}.`
      : `The clock goes forward on this day: ${text} does not exist. The next time is ${time.nearest}.`;
  const members = time.code === 'time_ambiguous' ? { choices: time.choices } : { nearest: time.nearest };
  return new ProblemError({
    status: 422,
    code: time.code,
    title: time.code === 'time_ambiguous' ? 'This time exists twice' : 'This time does not exist',
    detail: message,
    errors: [{ pointer, code: time.code, message }],
    members,
  });
}

function rulesRefuse({ refusals }: RulesRefuseError): ProblemError {
  const isHard = refusals.some(({ kind }) => kind === 'hard');
  const next = isHard ? '' : ' Choose another time, or give a reason to book it anyway.';
  return new ProblemError({
    status: 422,
    code: 'rules_refuse',
    title: isHard ? 'Not possible' : 'A rule advises against this',
    detail: `${refusals.map(({ message }) => message).join(' ')} Nothing was saved.${next}`,
    members: { refusals },
  });
}

function slotTaken({ conflicts, nearest }: SlotTakenError): ProblemError {
  const names = [...new Set(conflicts.map(({ name }) => name))].filter((name) => name !== '');
  const who = names.length === 0 ? 'Someone' : new Intl.ListFormat('en-CA').format(names);
  return new ProblemError({
    status: 409,
    code: 'slot_taken',
    title: 'This time is taken',
    detail: `${who} ${names.length > 1 ? 'are' : 'is'} busy at this time. Nothing was saved. Choose another time.`,
    members: { conflicts, nearest },
  });
}
