import type { z } from 'zod';
import type { ProblemView } from '../contract.ts';
import { redactText } from '../logs/redact.ts';
import { Problem } from './problem.ts';

/** Orders are short; more is a mistake or an attack. */
const BODY_LIMIT_BYTES = 64 * 1024;

/**
 * Reads what an order says.
 *
 * @returns the parsed order and its text, which tells repeated requests from changed ones
 * @throws Problem 413, 415 or 422, the last with every problem at once
 */
export async function readBody<S extends z.ZodType>(
  request: Request,
  schema: S,
): Promise<{ body: z.output<S>; text: string }> {
  const text = await readText(request);
  const isJson = /^application\/(?:merge-patch\+)?json\b/i.test(request.headers.get('content-type') ?? '');
  // Only an order that needs nothing said may come without a body.
  if (!isJson && (text !== '' || !schema.safeParse(undefined).success)) {
    throw new Problem('not-json', 'Not JSON', 'Send the request body as application/json.');
  }
  const parsed = schema.safeParse(text === '' ? undefined : parse(text), { reportInput: false });
  if (parsed.success) return { body: parsed.data, text };
  throw invalid('The request is invalid', parsed.error.issues);
}

/** @throws Problem 422 with every problem at once */
export function readQuery<S extends z.ZodType>(request: Request, schema: S): z.output<S> {
  const parsed = schema.safeParse(Object.fromEntries(new URL(request.url).searchParams));
  if (parsed.success) return parsed.data;
  throw invalid('The query is invalid', parsed.error.issues);
}

/** @throws nothing; makes the problem */
export function invalid(
  title: string,
  issues: readonly Pick<z.core.$ZodIssue, 'path' | 'code' | 'message'>[],
): Problem {
  const errors: NonNullable<ProblemView['errors']> = issues.map(({ path, code, message }) => ({
    pointer: path.map((part) => `/${redactText(String(part)).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
    code,
    message: redactText(message),
  }));
  const detail = errors.map(({ pointer, message }) =>
    message.includes(' ') && !/^Invalid|^Too|^Unrec/.test(message) ? message : `${pointer || '/'}: ${message}.`,
  );
  return new Problem('invalid-order', title, detail.join(' '), { errors });
}

/** Stops reading where the limit is, however much more comes. */
async function readText(request: Request): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > BODY_LIMIT_BYTES) throw new Problem('too-large', 'Too large', 'A request body can be at most 64 KiB.');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parse(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Answered below, as if it were no object.
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Problem('invalid-order', 'Not a JSON object', 'Send a JSON object.', {
    errors: [{ pointer: '', code: 'no_object', message: 'Send a JSON object.' }],
  });
}
