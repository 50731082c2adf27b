/**
 * Finds phrases that have to be decoded, in pages, messages, comments and documents. A check of idioms does not make good
 * English: `npm run sentences` draws some to be read.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Sentence, sentencesInComments, sentencesInMarkdown, sentencesInTexts, trackedFiles } from './prose.ts';

interface Phrase {
  readonly pattern: RegExp;
  readonly instead: string;
}

const phrases: readonly Phrase[] = [
  {
    pattern: /^(What|Who|Whoever) (?!.*\?$)/,
    instead: 'a noun as the subject: "The settings that …", "Users who …"',
  },
  { pattern: /\bwhoever\b/i, instead: 'anyone who, the user who' },
  { pattern: /\bfor ever\b/i, instead: 'indefinitely, forever' },
  { pattern: /\bby itself\b|\bby themselves\b/i, instead: 'automatically' },
  { pattern: /\bso many\b(?! \w+ that)/i, instead: 'the given number of' },
  { pattern: /\bso long\b(?! as)/i, instead: 'that long' },
  { pattern: /\ba look\b(?!-)|\blooks? at (it|them|everything)\b/i, instead: 'a check, a poll; checks' },
  { pattern: /\bstands? (on|for|in)\b/i, instead: 'depends on, is built on; means; is in' },
  { pattern: /\bin words\b/i, instead: 'as text' },
  { pattern: /\b(is|are|was|be|been) told\b(?! to)/i, instead: 'is notified, is logged, receives' },
  { pattern: /\bhears?\b/i, instead: 'receives, is notified' },
  { pattern: /\bgoes away\b|\bgo away\b/i, instead: 'disconnects, is removed' },
  { pattern: /\bas good as\b/i, instead: 'treated as' },
  { pattern: /\bnow and then\b/i, instead: 'periodically' },
  { pattern: /\b(came|comes|come) to nothing\b|\bcame to\b/i, instead: 'failed; the outcome' },
  {
    pattern: /\b(is|are|was|were) (no|none) (?!longer|more|other|one\b|need\b)(a |an )?\w+ of\b/i,
    instead: 'is not a … of',
  },
  { pattern: /\bgrave\b/i, instead: 'severe' },
  { pattern: /\bhappenings?\b/i, instead: 'event' },
  { pattern: /\bbelieve[sd]?\b/i, instead: 'trust, accept' },
  { pattern: /\bkept any more\b|\bnot any more\b/i, instead: 'no longer' },
  { pattern: /\banew\b/i, instead: 'again' },
  { pattern: /\b(he|his|him)\b/, instead: 'they, their' },
  { pattern: /\bwaiting line\b/i, instead: 'queue' },
  { pattern: /\bmeddles?\b|\bunwell\b|\bfalters?\b/i, instead: 'changes; unhealthy; fails' },
  { pattern: /\bno bigger than\b|\bno more than\b.*\bat once\b/i, instead: 'at most' },
];

/** The library and its documents are checked on their own; a licence and the changelog are not ours to reword or are history. */
const left = /^(packages\/dualbrake\/|CHANGELOG|LICENSE)|\/scripts\/english\.test\.ts$|^scripts\/english\.test\.ts$/;

function offences(sentences: readonly Sentence[]): string[] {
  return sentences.flatMap(({ text, file, line }) =>
    phrases
      .filter(({ pattern }) => pattern.test(text))
      .map(({ pattern, instead }) => `${file}:${line}: "${pattern.exec(text)?.[0]}" (${instead}): ${text}`),
  );
}

function sentencesOf(file: string): Sentence[] {
  if (file.endsWith('.md')) return sentencesInMarkdown('.', file);
  return /\.tsx?$/.test(file) ? [...sentencesInTexts('.', file), ...sentencesInComments('.', file)] : [];
}

test('no phrase has to be decoded', () => {
  const files = trackedFiles('.').filter((file) => /\.(tsx?|md)$/.test(file) && !left.test(file));

  const found = files.flatMap((file) => offences(sentencesOf(file)));
  assert.equal(found.length, 0, found.join('\n'));
});

test('planted phrases are found', () => {
  const planted = [
    'What people wrote is kept.',
    'Whoever asks must be allowed to see it.',
    'It goes on for ever.',
    'Drops keys that were retired more than so many days ago.',
    'The listener is told of every change.',
    'Each of them may go away.',
  ];

  const found = planted.filter((text) => offences([{ text, file: 'planted.ts', line: 1 }]).length > 0);
  assert.deepEqual(found, planted);
});

test('plain sentences are not found', () => {
  const plain = [
    'What happens when the database fails?',
    'Retries the request at most three times.',
    'There are so many rows that the table scrolls.',
  ];

  assert.deepEqual(offences(plain.map((text) => ({ text, file: 'plain.ts', line: 1 }))), []);
});
