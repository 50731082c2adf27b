import { NoAnswer, ProblemResponse } from './api.ts';

/** A failure as a page shows it. */
export interface Failure {
  readonly title: string;
  readonly detail: string;
  /** The HTTP status; `undefined` when there was no answer. */
  readonly status: number | undefined;
}

/**
 * What to show for an error of a request. Other errors are bugs and are thrown again.
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

/** Whether a failure is the server's or the network's fault, so that it ends without the user doing anything. */
export function isOutage({ status }: Failure): boolean {
  return status === undefined || status >= 500;
}

/**
 * What to show when a change has failed: first whether anything was saved. "Nothing was saved" appears only when that is
 * certain. Without an answer the outcome is unknown.
 *
 * @param repeatable whether sending the same change again takes effect at most once
 */
export function saveFailureOf(error: unknown, { repeatable = false }: { repeatable?: boolean } = {}): Failure {
  const failure = failureOf(error);
  const { status } = failure;
  // Only a form that has kept its content sees this: other pages lead to the sign-in page.
  if (status === 401) {
    return {
      status,
      title: 'Your session has ended',
      detail: 'Nothing was saved. What you typed is still here: sign in and save again.',
    };
  }
  if (!isOutage(failure)) return failure;
  if (/^nothing was saved\./i.test(failure.detail)) {
    return { status, title: 'Nothing was saved', detail: failure.detail.replace(/^nothing was saved\.\s*/i, '') };
  }
  return {
    status,
    title: 'It is not certain whether this was saved',
    detail: repeatable
      ? 'What you typed is still here. Save again when the banner at the top is gone: the same change is never made twice.'
      : 'Check whether the change is there before you repeat it.',
  };
}
