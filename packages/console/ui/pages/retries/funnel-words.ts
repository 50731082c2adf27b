import type { FunnelView } from '../../../src/contract.ts';
import type { TermName } from '../../words/glossary.ts';
import { countText, numberText, shareText } from '../../words/words.ts';

/** `788 started: 512 succeeded, 11 final errors, 265 retryable; not retried: 9 denied by budget, 8 denied by breaker`. */
export function rowSentence(row: FunnelView['rows'][number]): string {
  const outcomes = countsText([
    [row.succeeded, 'succeeded'],
    [row.not_retryable, row.not_retryable === 1 ? 'final error' : 'final errors'],
    [row.retryable, 'retryable'],
    [row.abandoned, 'cancelled by the caller'],
    [row.running, 'running'],
  ]);
  const notRetried = countsText([
    [row.exhausted, 'no attempts left'],
    [row.denied_budget, 'denied by budget'],
    [row.denied_deadline, 'denied by deadline'],
    [row.denied_breaker, 'denied by breaker'],
    [row.left_waiting, 'cancelled while waiting'],
  ]);
  const waiting = countsText([[row.waiting, 'waiting for a retry']]);
  return [
    `${numberText(row.started)} started: ${outcomes || 'no outcome yet'}`,
    notRetried && `not retried: ${notRetried}`,
    waiting,
  ]
    .filter(Boolean)
    .join('; ');
}

function countsText(counts: readonly (readonly [count: number, word: string])[]): string {
  return counts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${numberText(count)} ${word}`)
    .join(', ');
}

/** The funnel in one sentence, for screen readers. */
export function funnelSentence({ operations, endings, rows }: FunnelView): string {
  const [first, later] = [endings.first_try, endings.after_retry].map((count) => shareText(count, operations));
  return `${numberText(operations)} operations in ${countText(rows.length, 'attempt')}: ${first} succeeded on the first attempt, ${later} after a retry.`;
}

/** How operations ended, in the order in which they are shown. */
export const endingLabels: readonly (readonly [keyof FunnelView['endings'], label: string, TermName])[] = [
  ['first_try', 'First attempt', 'First attempt'],
  ['after_retry', 'After retry', 'After retry'],
  ['exhausted', 'Exhausted', 'Exhausted'],
  ['not_retryable', 'Not retryable', 'Not retryable'],
  ['denied_budget', 'Denied by budget', 'Denied'],
  ['denied_deadline', 'Denied by deadline', 'Denied'],
  ['denied_breaker', 'Denied by breaker', 'Denied'],
  ['aborted', 'Aborted', 'Aborted'],
];
