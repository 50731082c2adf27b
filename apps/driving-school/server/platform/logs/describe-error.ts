import { classify } from 'dualbrake';

/** An error as the log shows it: what it is and where it came from, without the data it was about. */
export interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  /** What the classifier makes of it, and by which rule: `system postgres.57P01`. */
  readonly classification?: string;
  /** Where in the database: never values. */
  readonly constraint?: string;
  readonly table?: string;
  readonly column?: string;
  /** Frames only. The first line of a stack repeats the message. */
  readonly stack?: string;
  readonly cause?: DescribedError;
}

/** Causes of causes are rarely news, and a ring of them would never end. */
const causesMax = 4;

/** Chooses what of an error may be written. What is not named here is left out: `detail` of a database error holds the row. */
export function describeError(error: unknown): DescribedError {
  return describe(error, { stack: true, depth: 0 });
}

/** The same without stacks: for failures that are expected to happen, of which only the kind is news. */
export function summarizeError(error: unknown): Omit<DescribedError, 'stack'> {
  return describe(error, { stack: false, depth: 0 });
}

function describe(error: unknown, options: { readonly stack: boolean; readonly depth: number }): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'Something was thrown that is not an error.' };
  const code = textOf(error, 'code');
  const { class: errorClass, rule } = classify(error);
  const where = {
    constraint: textOf(error, 'constraint'),
    table: textOf(error, 'table'),
    column: textOf(error, 'column'),
  };
  const stack = options.stack ? framesOf(error) : '';
  return {
    type: error.name,
    message: quotesNoValue(code) ? error.message : withoutQuotes(error.message),
    ...(code === undefined ? {} : { code }),
    classification: `${errorClass} ${rule}`,
    ...Object.fromEntries(Object.entries(where).filter(([, value]) => value !== undefined)),
    ...(stack === '' ? {} : { stack }),
    ...(error.cause === undefined || options.depth >= causesMax
      ? {}
      : { cause: describe(error.cause, { ...options, depth: options.depth + 1 }) }),
  };
}

/**
 * Classes of SQLSTATE whose messages quote names of tables and constraints, but no values: integrity, syntax,
 * resources, operator's intervention, rolled back, lost connection, wrong state.
 */
const classesWithoutValues = new Set(['23', '42', '53', '57', '40', '08', '55', '25']);

function quotesNoValue(code: string | undefined): boolean {
  if (code === undefined) return false;
  if (/^[\dA-Z]{5}$/.test(code)) return classesWithoutValues.has(code.slice(0, 2));
  // Codes in words are the system's, Fastify's and our own: their messages are about paths, sockets and settings.
  // Not Node's own ERR_*: those show what they have been given.
  return /^(?!ERR_)(E[A-Z]+|FST_\w+|CIRCUIT_OPEN|[A-Z]+(_[A-Z]+)+)$/.test(code);
}

/** `Unexpected token in "John Smi..."`: what stands in double quotes is somebody's data more often than not. */
function withoutQuotes(message: string): string {
  return message
    .replaceAll(/"[^"]*"?/g, '"…"')
    .replace(/Received .*/s, 'Received …')
    .slice(0, 500);
}

function framesOf(error: Error): string {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .join('\n');
}

function textOf(error: Error, member: string): string | undefined {
  const value: unknown = Reflect.get(error, member);
  return typeof value === 'string' ? value : undefined;
}
