import { classify, type CallContext } from 'dualbrake';

/** A request's signal, deadline and attributes. */
export type RequestContext = Partial<CallContext>;

/**
 * Whether the database could not be reached or did not answer, so that a copy may be shown instead. False for errors
 * returned by the database, and when the caller has disconnected.
 */
export function isUnavailable(error: unknown, context?: RequestContext): boolean {
  if (context?.signal?.aborted === true) return false;
  const { class: found } = classify(error, { dependency: 'database' });
  return found === 'refused' || found === 'transient' || found === 'system';
}
