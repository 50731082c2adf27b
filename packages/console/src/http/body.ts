import type { z } from 'zod';
import { redactText } from '../logs/redact.ts';
import { invalid, pointerOf, Problem } from '../problem.ts';

const BODY_LIMIT_KIB = 64;
const FORM_LIMIT_KIB = 8;

/** @returns the text as well, which distinguishes a repeated request from a changed one @throws Problem 413, 415, 422 */
export async function readBody<S extends z.ZodType>(
  request: Request,
  schema: S,
): Promise<{ body: z.output<S>; text: string }> {
  const text = await readText(request, BODY_LIMIT_KIB);
  const isJson = /^application\/(?:merge-patch\+)?json\b/i.test(request.headers.get('content-type') ?? '');
  // A body may be missing if none of its members is required.
  if (!isJson && (text !== '' || !schema.safeParse(undefined).success)) {
    throw new Problem('not-json', 'Not JSON', 'Send the request body as application/json.');
  }
  return { body: check(schema, text === '' ? undefined : parseObject(text), 'The request is invalid'), text };
}

/** Reads the body of a form. @throws Problem 413, 415 */
export async function readForm(request: Request): Promise<URLSearchParams> {
  if (!isForm(request)) throw new Problem('not-json', 'Not a form', 'This URL accepts only the form on its own page.');
  return new URLSearchParams(await readText(request, FORM_LIMIT_KIB));
}

export function isForm({ headers }: Request): boolean {
  return headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') === true;
}

/** @throws Problem 422 */
export function readQuery<S extends z.ZodType>(request: Request, schema: S): z.output<S> {
  return check(schema, Object.fromEntries(new URL(request.url).searchParams), 'The query is invalid');
}

/** Reports every issue at once. */
function check<S extends z.ZodType>(schema: S, value: unknown, title: string): z.output<S> {
  const parsed = schema.safeParse(value, { reportInput: false });
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, code, message }) => ({
    pointer: pointerOf(...path.map((part) => redactText(String(part)))),
    code,
    message: redactText(message),
  }));
  const detail = errors.map(({ pointer, message }) =>
    message.includes(' ') && !/^Invalid|^Too|^Unrec/.test(message) ? message : `${pointer || '/'}: ${message}.`,
  );
  throw new Problem('invalid-order', title, detail.join(' '), { issues: errors });
}

/** Stops reading at the limit. */
async function readText(request: Request, limitKib: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > limitKib * 1_024) {
      throw new Problem('too-large', 'Too large', `A request body can have at most ${limitKib} KiB here.`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parseObject(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Answered below, like any other body that is not an object.
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw invalid('Not a JSON object', '', 'no_object', 'Send a JSON object.');
}
