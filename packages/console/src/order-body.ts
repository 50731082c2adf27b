import type { ProblemView } from './contract.ts';
import { Problem } from './problem.ts';

/** Orders are short; more is a mistake or an attack. */
const BODY_LIMIT_BYTES = 16 * 1024;

/** What an order says. */
export interface OrderBody {
  readonly action: string;
  readonly reason: string;
}

/**
 * Reads `{ action, reason }`.
 *
 * @returns the parsed order and its text, which tells repeated requests from changed ones
 * @throws Problem 413, 415 or 422, the last with every problem at once
 */
export async function readOrder(
  request: Request,
  known: readonly string[],
): Promise<{ order: OrderBody; text: string }> {
  if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? '')) {
    throw new Problem(415, 'not-json', 'Not JSON', 'Send the order as application/json.');
  }
  const text = await readText(request);
  const { action, reason } = parse(text);
  const trimmed = typeof reason === 'string' ? reason.trim() : '';
  const errors: NonNullable<ProblemView['errors']>[number][] = [];
  if (typeof action !== 'string' || !known.includes(action)) {
    errors.push({ pointer: '/action', code: 'unknown', message: `action must be one of ${known.join(', ')}.` });
  }
  if (trimmed.length < 3 || trimmed.length > 500) {
    errors.push({ pointer: '/reason', code: 'length', message: 'Say why, in 3 to 500 characters.' });
  }
  if (errors.length > 0) {
    throw new Problem(
      422,
      'invalid-order',
      'The order is not complete',
      errors.map(({ message }) => message).join(' '),
      { errors },
    );
  }
  return { order: { action: String(action), reason: trimmed }, text };
}

/** Stops reading where the limit is, however much more comes. */
async function readText(request: Request): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > BODY_LIMIT_BYTES) throw new Problem(413, 'too-large', 'Too large', 'An order has at most 16 KiB.');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parse(text: string): { action?: unknown; reason?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Answered below, with what else is wrong.
  }
  throw new Problem(422, 'invalid-order', 'The order is no JSON object', 'Send { "action": ..., "reason": ... }.');
}
