import type { Classification } from '../classification.ts';
import { pushback } from './grpc.ts';
import { shouldRetry } from './http.ts';
import { evidence, row, type Found, type Row } from './rule.ts';
import { read, readText } from './safe-read.ts';

const source = 'the author of the error: retryable, isRetryable, retriable';
const again = row('author.retryable', 'unavailable', 'transient', source);
const never = row('author.not-retryable', 'invalid', 'persistent', source, { scope: 'request' });

/** The rows of the table. */
export const authorRows: readonly Row[] = [again, never];

/** Properties with which authors of errors mark them as retryable or not. */
const properties = ['retryable', 'isRetryable', 'retriable', '$retryable', 'canRetry'];

/** An error that only its author's mark classifies. */
export function authorRule(error: unknown): Found | undefined {
  const said = wordOf(error);
  return said === undefined ? undefined : { row: said ? again : never, rank: evidence.name };
}

/**
 * Applies the author's mark to a classification. A mark as non-retryable is always trusted; without other evidence, the error then
 * doesn't count either. A mark as retryable applies without other evidence, and takes precedence over a general 4xx.
 */
export function heedAuthor(found: Found, error: unknown): Found {
  const { row: known, rank } = found;
  const { verdict } = known;
  const refused = verdict.retryable && isRefused(error);
  const said = refused ? undefined : wordOf(error);
  if (said === undefined) return refused ? withVerdict(found, { retryable: false }) : found;
  if (said) {
    const isGeneral = verdict.rule.startsWith('http.4') || rank >= evidence.invented;
    if (verdict.class !== 'persistent' || !isGeneral) return found;
    return withVerdict(found, { class: 'transient', retryable: true });
  }
  if (rank >= evidence.invented && verdict.class !== 'cancelled') return { row: never, rank: evidence.name };
  return verdict.retryable ? withVerdict(found, { retryable: false }) : found;
}

function withVerdict({ row: { verdict, citation }, rank }: Found, change: Partial<Classification>): Found {
  return { row: { verdict: { ...verdict, ...change }, citation }, rank };
}

function wordOf(error: unknown): boolean | undefined {
  for (const name of properties) {
    const said = read(error, name);
    if (typeof said === 'boolean') return said;
  }
  return undefined;
}

function isRefused(error: unknown): boolean {
  return (
    shouldRetry(error) === false ||
    pushback(error) === false ||
    read(error, 'overloaded') === true ||
    // p-retry's way to say "never again".
    (readText(error, 'name') === 'AbortError' && read(error, 'originalError') !== undefined)
  );
}
