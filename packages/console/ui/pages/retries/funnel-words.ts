import type { FunnelView } from '../../../src/contract.ts';
import type { TermName } from '../../words/glossary.ts';
import { numberText, shareText } from '../../words/words.ts';

type Row = FunnelView['rows'][number];

/** `788 started: 512 succeeded, 11 final errors, 265 retryable; not retried: 9 denied by budget, 8 denied by breaker`. */
export function rowSentence(row: Row): string {
  const parts = [
    [row.succeeded, 'succeeded'],
    [row.not_retryable, row.not_retryable === 1 ? 'final error' : 'final errors'],
    [row.retryable, 'retryable'],
    [row.abandoned, 'cancelled by the caller'],
    [row.running, 'running'],
  ] as const;
  const denied = [
    [row.exhausted, 'no attempts left'],
    [row.denied_budget, 'denied by budget'],
    [row.denied_deadline, 'denied by deadline'],
    [row.denied_breaker, 'denied by breaker'],
    [row.left_waiting, 'cancelled while waiting'],
  ] as const;
  const rest = told(denied);
  return [
    `${numberText(row.started)} started: ${told(parts) || 'no outcome yet'}`,
    rest && `not retried: ${rest}`,
    told([[row.waiting, 'waiting for a retry']]),
  ]
    .filter(Boolean)
    .join('; ');
}

function told(list: readonly (readonly [number, string])[]): string {
  return list
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${numberText(count)} ${word}`)
    .join(', ');
}

/** The funnel in one sentence, for who hears it. */
export function funnelSentence({ operations, endings, rows }: FunnelView): string {
  const ended = `${shareText(endings.first_try, operations)} succeeded on the first attempt, ${shareText(endings.after_retry, operations)} after a retry`;
  return `${numberText(operations)} operations in ${rows.length} attempt${rows.length === 1 ? '' : 's'}: ${ended}.`;
}

/** How operations ended, in the order in which they are told. */
export const endingWords: readonly (readonly [keyof FunnelView['endings'], string, TermName])[] = [
  ['first_try', 'First attempt', 'first-try'],
  ['after_retry', 'After retry', 'after-retry'],
  ['exhausted', 'Exhausted', 'exhausted'],
  ['not_retryable', 'Not retryable', 'not-retryable'],
  ['denied_budget', 'Denied by budget', 'denied'],
  ['denied_deadline', 'Denied by deadline', 'denied'],
  ['denied_breaker', 'Denied by breaker', 'denied'],
  ['aborted', 'Aborted', 'aborted'],
];
