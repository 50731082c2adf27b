import { classify } from 'dualbrake';

/** An error as it is logged, without data of the request. */
export interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  /** The class and the rule of the classification: `system postgres.57P01`. */
  readonly classification?: string;
  /** Names in the database, never values. */
  readonly constraint?: string;
  readonly table?: string;
  readonly column?: string;
  /** Frames only, because the first line of a stack repeats the message. */
  readonly stack?: string;
  readonly cause?: DescribedError;
}

/** A limit, because causes can be circular. */
const causesMax = 4;

/** Describes an error by an allowlist of its members: `detail` of a database error, for example, contains the row. */
export function describeError(error: unknown): DescribedError {
  return describe(error, { stack: true, depth: 0 });
}

/** Like `describeError` without stacks, for expected failures. */
export function summarizeError(error: unknown): Omit<DescribedError, 'stack'> {
  return describe(error, { stack: false, depth: 0 });
}

function describe(error: unknown, options: { readonly stack: boolean; readonly depth: number }): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'The thrown value is not an error.' };
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
 * resources, operator intervention, rollback, lost connection, wrong state.
 */
const classesWithoutValues = new Set(['23', '42', '53', '57', '40', '08', '55', '25']);

function quotesNoValue(code: string | undefined): boolean {
  if (code === undefined) return false;
  if (/^[\dA-Z]{5}$/.test(code)) return classesWithoutValues.has(code.slice(0, 2));
  // Codes of the system, Fastify and the application: their messages contain paths, sockets and settings.
  // Not Node's ERR_*, whose messages contain arguments.
  return /^(?!ERR_)(E[A-Z]+|FST_\w+|CIRCUIT_OPEN|[A-Z]+(_[A-Z]+)+)$/.test(code);
}

/** Removes text in double quotes, which is often personal data: `Unexpected token in "John Smi..."`. */
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
