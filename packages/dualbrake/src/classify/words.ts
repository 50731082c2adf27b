import { fetchFailed, fetchWords, provenByFetch } from './fetch-texts.ts';
import { mysqlWords } from './mysql.ts';
import { postgresWords } from './postgres.ts';
import { providers } from './providers/index.ts';
import { redisWords } from './redis.ts';
import { evidence, type Found, type Row } from './rule.ts';
import { read, readText } from './safe-read.ts';

/** A message that identifies an error: a whole sentence in lower case without its full stop, or a pattern. */
export type Words = readonly [words: string | RegExp, found: Row];

const all: readonly Words[] = [...postgresWords, ...mysqlWords, ...redisWords, ...providers.words, ...fetchWords];
const phrases = new Map(all.flatMap(([words, found]) => (typeof words === 'string' ? [[words, found] as const] : [])));
/** In lower case, like the texts they are matched against. */
const patterns = all.flatMap(([words, found]) =>
  typeof words === 'string' ? [] : [[new RegExp(words.source.toLowerCase()), found] as const],
);
/** All patterns combined, anchored ones separately: a fast check, because few messages match any. */
const beginning = anyOf(patterns.filter(([{ source }]) => source.startsWith('^')));
const anywhere = anyOf(patterns.filter(([{ source }]) => !source.startsWith('^')));

function anyOf(some: readonly (readonly [RegExp, Row])[]): RegExp {
  return new RegExp(some.map(([{ source }]) => `(?:${source})`).join('|'));
}

/** Messages that count as codes: node-postgres has no codes for its own errors. */
const asGoodAsCodes = new Set<Row>(postgresWords.map(([, found]) => found));

/** Errors that are identified by their message. Text that other tools add around it is ignored. */
export function wordsRule(error: unknown): Found | undefined {
  const message = readText(error, 'message');
  if (message === undefined || message === '') return undefined;
  const found = byWords(message);
  if (found === undefined) return undefined;
  if (provenByFetch.has(found) && readText(error, 'name') !== 'TypeError')
    return { row: fetchFailed, rank: evidence.message };
  const isCode = asGoodAsCodes.has(found) && read(error, 'code') === undefined;
  return { row: found, rank: isCode ? evidence.code : evidence.message };
}

function byWords(message: string): Row | undefined {
  const bare = unwrapped(message).toLowerCase();
  const found = inText(bare);
  if (found !== undefined) return found;
  // Query builders prepend the statement to the driver's message.
  const dash = bare.lastIndexOf(' - ');
  return dash < 0 ? undefined : inText(bare.slice(dash + 3));
}

function inText(text: string): Row | undefined {
  const found = phrases.get(text.endsWith('.') ? text.slice(0, -1) : text);
  if (found !== undefined) return found;
  return beginning.test(text) || anywhere.test(text)
    ? patterns.find(([pattern]) => pattern.test(text))?.[1]
    : undefined;
}

const around = /^(?:["'\s]|Uncaught |\(in promise\) |[A-Z]\w*Error: |D1_ERROR: )+/;
const behind = /["'\s]{1,20}$|\s*\((?:[\w-]+\.)*[\w-]+(?::\d+)?\)["'\s]*$/;

/** Maximum length of an appended suffix. */
const BEHIND = 300;

/** Removes surrounding quotes and spaces, a prefix like "TypeError: ", and the ` (host)` that error trackers append. */
export function unwrapped(message: string): string {
  const begun = around.test(message) ? message.replace(around, '') : message;
  const end = begun.slice(-BEHIND);
  return behind.test(end) ? begun.slice(0, -BEHIND) + end.replace(behind, '') : begun;
}
