/**
 * Stops capturing stack frames until `framesBack`. Has no effect if the host has frozen, removed or replaced `Error.stackTraceLimit`;
 * errors then keep their frames.
 *
 * @returns the previous limit, for `framesBack`; `undefined` if nothing was changed
 */
export function framesOff(): number | undefined {
  const limit = Reflect.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  if (limit?.writable !== true || typeof limit.value !== 'number' || limit.value === 0) return undefined;
  Error.stackTraceLimit = 0;
  return limit.value;
}

/** Restores the limit that `framesOff` returned. */
export function framesBack(limit: number | undefined): void {
  if (limit !== undefined) Error.stackTraceLimit = limit;
}

/** The place where a call was made. Its frames are only formatted if an error needs them. */
export interface CallSite {
  readonly stack?: unknown;
}

/**
 * Captures the frames of the running code, for errors that are created later.
 *
 * @param above the function whose caller is the first frame
 */
export function callSite(above: (...args: never[]) => unknown): CallSite {
  const site: { stack?: unknown } = {};
  if (typeof Error.captureStackTrace === 'function') Error.captureStackTrace(site, above);
  else site.stack = new Error().stack;
  return site;
}

/** Replaces the frames of an error by those of the place where its call was made. */
export function addFrames(error: Error, site: CallSite): void {
  const { stack } = site;
  // With a custom `Error.prepareStackTrace`, a stack may be anything.
  const value = typeof stack === 'string' ? `${error.name}: ${error.message}${framesOf(stack)}` : stack;
  Object.defineProperty(error, 'stack', { value, writable: true, configurable: true, enumerable: false });
}

/** Removes the first line of a stack in V8, which describes the object. Other engines don't have it. */
function framesOf(stack: string): string {
  const start = stack.indexOf('\n    at ');
  return start === -1 ? `\n${stack}` : stack.slice(start);
}
