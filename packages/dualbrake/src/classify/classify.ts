import type { Classification, Classifier, ClassifyContext } from '../classification.ts';
import { authorRule, heedAuthor } from './author.ts';
import { awsRule } from './aws.ts';
import { fetchFailed } from './fetch-texts.ts';
import { grpcRule } from './grpc.ts';
import { hintRule } from './hints.ts';
import { hasAnswer, httpRule, isDecided, statusWordsRule } from './http.ts';
import { mongodbRule } from './mongodb.ts';
import { moreDatabasesRule } from './more-databases.ts';
import { mysqlRule } from './mysql.ts';
import { isTimeout, nodeCodeRule, nodeRule, programmerRule } from './node.ts';
import { ownRule } from './own.ts';
import { isOfDatabase, ormRule } from './orm.ts';
import { postgresRule } from './postgres.ts';
import { providers } from './providers/index.ts';
import { quickly } from './quickly.ts';
import { redisRule } from './redis.ts';
import { retryAfterMs } from './retry-after.ts';
import { evidence, row, type Found, type Row } from './rule.ts';
import { read, readText } from './safe-read.ts';
import { smtpRule } from './smtp.ts';
import { sqliteRule } from './sqlite.ts';
import { causesOf, DEPTH_LIMIT, isErrorLike, membersOf, NODE_LIMIT } from './walk.ts';
import { wordsRule } from './words.ts';

const cancelled = row('signal', 'cancelled', 'cancelled', 'DOM: AbortSignal');
const expired = row('signal.timeout', 'timeout', 'transient', 'DOM: AbortSignal.timeout()');
const unknown: Found = {
  row: row('unknown', 'unknown', 'transient', 'docs: what no rule knows'),
  rank: evidence.nothing,
};

/** The general rows of the table. */
export const generalRows: readonly Row[] = [cancelled, expired, unknown.row];

/** Sources of rules in order of precedence; the first match decides. */
const sources: readonly ((error: unknown) => Found | undefined)[] = [
  ownRule,
  postgresRule,
  mysqlRule,
  sqliteRule,
  mongodbRule,
  redisRule,
  moreDatabasesRule,
  ormRule,
  grpcRule,
  smtpRule,
  awsRule,
  providers.rule,
  httpRule,
  nodeCodeRule,
  wordsRule,
  nodeRule,
  statusWordsRule,
  programmerRule,
  hintRule,
];

/**
 * What an error says about the dependency and about a retry, by the built-in rules. Never throws, whatever it is given.
 *
 * An error that no rule matches is transient, retryable and counts against breakers; its rule is `unknown`.
 *
 * @example
 * ```ts
 * try {
 *   await database.getStudent(id);
 * } catch (error) {
 *   const { class: errorClass, retryable, rule } = classify(error);
 *   log.warn(`${errorClass} (${rule}), ${retryable ? 'retryable' : 'permanent'}`);
 * }
 * ```
 */
export const classify: Classifier = (error, context) => {
  try {
    return decide(error, context);
  } catch {
    return unknown.row.verdict;
  }
};

function decide(error: unknown, context: ClassifyContext | undefined): Classification {
  const signal = context?.signal;
  if (signal?.aborted === true) return (isTimeout(signal.reason) ? expired : cancelled).verdict;
  const known = quickly(error, unknown);
  // Only HTTP responses can contain more than their row, such as headers.
  if (known !== undefined && known.rank !== evidence.status) return inDomain(known.row.verdict, context?.dependency);
  const seen = new Set<unknown>([error]);
  const found = heedAuthor(known ?? judge(error, 0, seen), error);
  const verdict = inDomain(found.row.verdict, context?.dependency ?? (anyOfDatabase(seen) ? 'database' : undefined));
  if (verdict.class === 'persistent' && verdict.rule !== 'http.403') {
    return verdict;
  }
  const hint = findHint(seen, verdict, context?.now);
  return hint === undefined ? verdict : { ...verdict, retryAfterMs: hint };
}

/** The most specific classification of an error and its causes. Those of an aggregate's members are combined. */
function judge(error: unknown, depth: number, seen: Set<unknown>): Found {
  if (depth > 0 && (seen.has(error) || seen.size >= NODE_LIMIT)) return unknown;
  seen.add(error);
  const own = ask(error);
  // The response of the server, or an explicit decision of the author, takes precedence over causes.
  if (isDecided(own) || depth >= DEPTH_LIMIT) return own;
  if (own.rank <= evidence.driver) return isOpen(own.row.verdict) ? refined(own, within(error, own, depth, seen)) : own;
  return capped(error, own, within(error, own, depth, seen));
}

/** The most specific classification of an error and of the errors it contains. */
function within(error: unknown, own: Found, depth: number, seen: Set<unknown>): Found {
  const members = membersOf(error);
  if (members.length > 0 && isAggregate(error, own, members)) {
    const combined = combine(
      members.map((member) => judge(member, depth + 1, seen)),
      error,
    );
    return combined.rank < own.rank || own.rank > evidence.code || own.rank <= evidence.driver ? combined : own;
  }
  let best = own;
  let rank: number = own.rank <= evidence.driver ? evidence.nothing : own.rank;
  for (const cause of causesOf(error)) {
    const found = judge(cause, depth + 1, seen);
    if (found.rank < rank || (found.rank === rank && rank >= evidence.name)) {
      best = found;
      rank = found.rank;
    }
  }
  return best;
}

/** An error that names one of its members as the cause is not an aggregate. */
const kept = ['cause', 'lastError'];

function isAggregate(error: unknown, own: Found, members: readonly unknown[]): boolean {
  const name = readText(error, 'name') ?? '';
  if (name === 'AggregateError' || own.rank <= evidence.driver) return true;
  return (
    own.rank >= evidence.hint && members.every(isErrorLike) && !kept.some((place) => read(error, place) !== undefined)
  );
}

/** Whether a client reports a connection problem: the system error below may prove that nothing was sent. */
function isOpen({ class: kind, reachedServer, kind: label }: Classification): boolean {
  return (
    reachedServer === 'maybe' &&
    (kind === 'transient' || kind === 'system') &&
    ['connection-lost', 'connect', 'unavailable', 'dns'].includes(label)
  );
}

function refined(own: Found, inner: Found): Found {
  const { verdict, citation } = own.row;
  const below = inner.row.verdict;
  const isProof = inner !== own && inner.rank <= evidence.message && below.reachedServer === 'no';
  if (!isProof || (below.class !== 'transient' && below.class !== 'system')) return own;
  const proven = { ...verdict, kind: below.kind, reachedServer: 'no', applied: 'no' } as const;
  return { row: { verdict: proven, citation }, rank: own.rank };
}

/** A server that responded was reached, even if it could not reach something behind it. */
function capped(error: unknown, own: Found, best: Found): Found {
  const { rule } = own.row.verdict;
  const { verdict, citation } = best.row;
  // Evidence from the last of several attempts doesn't apply to the earlier ones.
  if (best !== own && verdict.reachedServer !== 'no' && verdict.applied === 'no' && isExhausted(error))
    return { row: { verdict: { ...verdict, applied: 'maybe' }, citation }, rank: best.rank };
  if (best === own || verdict.reachedServer !== 'no' || !rule.startsWith('http.5')) return best;
  if (rule === 'http.500' && !hasAnswer(error)) return best;
  return { row: { verdict: { ...verdict, reachedServer: 'maybe', applied: 'maybe' }, citation }, rank: best.rank };
}

function isExhausted(error: unknown): boolean {
  return /(?:Retr(?:y|ies)\w*(?:Exceeded|Exhausted)|MaxRetr\w+)(?:Error|Exception)?$|^AI_RetryError$/.test(
    readText(error, 'name') ?? '',
  );
}

function ask(error: unknown): Found {
  let weak: Found | undefined;
  for (const source of sources) {
    const found = source(error);
    if (found === undefined) continue;
    if (found.rank < evidence.invented) return isMisread(error, found) ? (wordsRule(error) ?? found) : found;
    weak ??= found;
  }
  return weak ?? authorRule(error) ?? unknown;
}

/** A 4xx without a response, with the message of a network failure. */
function isMisread(error: unknown, { row: { verdict } }: Found): boolean {
  return verdict.rule.startsWith('http.4') && !hasAnswer(error) && wordsRule(error)?.row === fetchFailed;
}

const gravity = { system: 4, persistent: 3, transient: 2, refused: 1, cancelled: 0 } as const;

/**
 * Combines the members of an aggregate: the most severe class applies, and nothing was sent only if that is true for all. For
 * `Promise.any`, one retryable member makes the whole retryable.
 */
function combine(found: readonly Found[], aggregate: unknown): Found {
  const alternatives = readText(aggregate, 'message') === 'All promises were rejected';
  const counted = found.filter(({ row: { verdict } }) => verdict.class !== 'cancelled');
  const members = counted.length > 0 ? counted : found;
  const worst = members.reduce((one, other) => {
    const a = one.row.verdict;
    const b = other.row.verdict;
    if (alternatives) return b.retryable && !a.retryable ? other : one;
    return gravity[b.class] > gravity[a.class] ? other : one;
  });
  const unsent = members.every(({ row: { verdict } }) => verdict.reachedServer === 'no');
  const { verdict, citation } = worst.row;
  const reachedServer = unsent ? 'no' : verdict.reachedServer === 'no' ? 'maybe' : verdict.reachedServer;
  const applied = unsent ? 'no' : members.every(({ row: { verdict: each } }) => each.applied === 'no') ? 'no' : 'maybe';
  return { row: { verdict: { ...verdict, reachedServer, applied }, citation }, rank: worst.rank };
}

/** A lost connection to a database is a `system` error; to an HTTP server it is `transient`. */
function inDomain(verdict: Classification, dependency: string | undefined): Classification {
  if (dependency !== 'database') return verdict;
  const isEarly = verdict.kind === 'timeout' && verdict.reachedServer === 'no';
  const lost = isEarly || ['connect', 'connection-lost', 'dns'].includes(verdict.kind);
  return lost && verdict.class === 'transient' && verdict.countsAgainstBreaker
    ? { ...verdict, class: 'system' }
    : verdict;
}

function anyOfDatabase(seen: ReadonlySet<unknown>): boolean {
  for (const error of seen) if (isOfDatabase(error)) return true;
  return false;
}

function findHint(seen: ReadonlySet<unknown>, verdict: Classification, now: number | undefined): number | undefined {
  const limited = verdict.kind === 'rate-limit';
  for (const error of seen) {
    const hint = retryAfterMs(error, limited, () => now ?? Date.now());
    if (hint !== undefined) return hint;
  }
  return undefined;
}
