/**
 * Switches the taking of stack frames off, until `framesBack`.
 *
 * Only where `Error.stackTraceLimit` is a plain writable number: what a host has frozen, removed or replaced by an
 * accessor is left alone, and errors then have the frames that they get.
 *
 * @returns the limit, for `framesBack`; nothing when nothing was changed
 */
export function framesOff(): number | undefined {
  const limit = Reflect.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  if (limit?.writable !== true || typeof limit.value !== 'number' || limit.value === 0) return undefined;
  Error.stackTraceLimit = 0;
  return limit.value;
}

/** Puts back what `framesOff` found. */
export function framesBack(limit: number | undefined): void {
  if (limit !== undefined) Error.stackTraceLimit = limit;
}

/** The place from which a call was made. Its frames are formatted only when an error needs them. */
export interface CallSite {
  readonly stack?: unknown;
}

/**
 * Takes the frames of the running code, for errors that are made later.
 *
 * @param above the function whose caller is the first frame
 */
export function callSite(above: (...args: never[]) => unknown): CallSite {
  const site: { stack?: unknown } = {};
  if (typeof Error.captureStackTrace === 'function') Error.captureStackTrace(site, above);
  else site.stack = new Error().stack;
  return site;
}

/** Gives an error the frames of the place from which its call was made. */
export function addFrames(error: Error, site: CallSite): void {
  const { stack } = site;
  // Where the process formats stacks in a way of its own, they need not be text.
  const value = typeof stack === 'string' ? `${error.name}: ${error.message}${framesOf(stack)}` : stack;
  Object.defineProperty(error, 'stack', { value, writable: true, configurable: true, enumerable: false });
}

/** What follows the first line of V8's stacks, which names the object; other engines have no such line. */
function framesOf(stack: string): string {
  const start = stack.indexOf('\n    at ');
  return start === -1 ? `\n${stack}` : stack.slice(start);
}
