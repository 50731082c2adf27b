import { NoAnswer, ProblemResponse } from './api.ts';

/** A failure that the person at the screen can be told about. */
export interface Failure {
  readonly title: string;
  readonly detail: string;
  /** The HTTP status; `undefined` when no answer came. */
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
    return { title: "The server can't be reached", detail: error.message, status: undefined };
  }
  throw error;
}

/**
 * What to tell when a change has failed: first of all whether anything was saved. "Nothing was saved" is said only
 * when that is known; a lost answer leaves it open.
 *
 * @param repeatable whether sending the same again takes effect at most once
 */
export function saveFailureOf(error: unknown, { repeatable = false }: { repeatable?: boolean } = {}): Failure {
  const failure = failureOf(error);
  const { status } = failure;
  const refused = status !== undefined && status < 500;
  if (refused || startsWithNothingSaved(failure.detail)) {
    return {
      status,
      title: refused ? failure.title : 'Nothing was saved',
      detail: refused ? failure.detail : withoutNothingSaved(failure.detail),
    };
  }
  return {
    status,
    title: 'It is not certain whether this was saved',
    detail: repeatable
      ? 'What you typed is still here. Save again when the banner at the top is gone: the same change is never made twice.'
      : 'Check whether the change is there before you repeat it.',
  };
}

function startsWithNothingSaved(detail: string): boolean {
  return /^nothing was saved\./i.test(detail);
}

function withoutNothingSaved(detail: string): string {
  return detail.replace(/^nothing was saved\.\s*/i, '');
}
