import { NoAnswer, ProblemResponse } from './api.ts';

/** The text that a page shows for a failure. */
export interface Failure {
  readonly title: string;
  readonly detail: string;
  /** The HTTP status; `undefined` when there was no answer. */
  readonly status: number | undefined;
}

/**
 * Explains an error of a request.
 *
 * @throws any other error, which is a bug
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof ProblemResponse) return { title: error.title, detail: error.message, status: error.status };
  if (error instanceof NoAnswer) {
    return { title: "The server can't be reached", detail: error.message, status: undefined };
  }
  throw error;
}

/** Whether a failure is an outage of the server or the network, which ends without action by the user. */
export function isOutage({ status }: Failure): boolean {
  return status === undefined || status >= 500;
}

/**
 * Explains a failed change, beginning with whether it was saved. Without an answer, the outcome is unknown.
 *
 * @param repeatable whether the change takes effect only once when it is sent again
 */
export function saveFailureOf(error: unknown, { repeatable = false }: { repeatable?: boolean } = {}): Failure {
  const failure = failureOf(error);
  const { status } = failure;
  // Only forms with unsaved changes show this; other pages redirect to sign-in.
  if (status === 401) {
    return {
      status,
      title: 'Your session has ended',
      detail: 'Nothing was saved. Your changes are still on this page: sign in and save again.',
    };
  }
  if (!isOutage(failure)) return failure;
  if (/^nothing was saved\./i.test(failure.detail)) {
    return { status, title: 'Nothing was saved', detail: failure.detail.replace(/^nothing was saved\.\s*/i, '') };
  }
  return {
    status,
    title: 'Your changes may not have been saved',
    detail: repeatable
      ? 'They are still on this page. Save again when the banner at the top has disappeared: the change is made only once.'
      : 'Check whether the change was made before you try again.',
  };
}
