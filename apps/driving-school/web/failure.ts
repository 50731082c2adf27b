import { NoAnswer, ProblemResponse } from './api.ts';

/** A failure that the person at the screen can be told about. */
export interface Failure {
  readonly title: string;
  readonly detail: string;
  readonly status: number | undefined;
}

/**
 * What to tell about an error. Errors that are not an answer of the server are faults of this program: they go on.
 *
 * @throws the error itself when it is neither the server's answer nor the lack of one
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof ProblemResponse) return { title: error.title, detail: error.message, status: error.status };
  if (error instanceof NoAnswer) {
    return { title: 'The server cannot be reached', detail: error.message, status: undefined };
  }
  throw error;
}

/** What to tell when a change has failed: first of all whether anything was saved. */
export function saveFailureOf(error: unknown): Failure {
  const failure = failureOf(error);
  if (failure.status === undefined) {
    return {
      ...failure,
      title: 'No answer came, so it is not known whether this was saved',
      detail: 'What you typed is still here. Save again when the server answers: the same change is never made twice.',
    };
  }
  const notSaved = /nothing was saved/i.test(failure.detail) ? '' : 'Nothing was saved. ';
  return failure.status >= 500
    ? { ...failure, title: 'Nothing was saved', detail: failure.detail.replace(/^nothing was saved\.\s*/i, '') }
    : { ...failure, detail: `${notSaved}${failure.detail}` };
}
