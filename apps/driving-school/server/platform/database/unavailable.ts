import { classify, type CallContext } from 'dualbrake';

/** The caller's part of a request: its signal, deadline and attributes. */
export type RequestContext = Partial<CallContext>;

/**
 * Whether the database could not be reached or did not answer, so that a copy may be shown instead. An error that the
 * database has answered with is something else, and so is a caller that has left.
 */
export function isUnavailable(error: unknown, context?: RequestContext): boolean {
  if (context?.signal?.aborted === true) return false;
  const { class: found } = classify(error, { dependency: 'database' });
  return found === 'refused' || found === 'transient' || found === 'system';
}
