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

/** What needs no source, for people to read. */
export const generalRows: readonly Row[] = [cancelled, expired, unknown.row];

/** Rules in the order in which they are asked; the first that knows an error decides about it. */
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
 * What a failure says about the dependency and about trying again. Never throws, whatever it is given, and keeps nothing.
 *
 * What no rule knows is transient, retryable and counted, rule `unknown`: a retry or a breaker around a call then does
 * what its writer expects.
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
  // Only an answer of HTTP may hold more than its row says.
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

/** The most specific of an error and its causes; members of an aggregate are weighed against each other. */
function judge(error: unknown, depth: number, seen: Set<unknown>): Found {
  if (depth > 0 && (seen.has(error) || seen.size >= NODE_LIMIT)) return unknown;
  seen.add(error);
  const own = ask(error);
  // Nothing that it wraps can know better than the server that answered, or an author who has decided.
  if (isDecided(own) || depth >= DEPTH_LIMIT) return own;
  if (own.rank <= evidence.driver) return isOpen(own.row.verdict) ? refined(own, within(error, own, depth, seen)) : own;
  return capped(error, own, within(error, own, depth, seen));
}

/** The best of an error and of what is inside of it. */
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

/** An error that says which of them caused it is no aggregate. */
const kept = ['cause', 'lastError'];

function isAggregate(error: unknown, own: Found, members: readonly unknown[]): boolean {
  const name = readText(error, 'name') ?? '';
  if (name === 'AggregateError' || own.rank <= evidence.driver) return true;
  return (
    own.rank >= evidence.hint && members.every(isErrorLike) && !kept.some((place) => read(error, place) !== undefined)
  );
}

/** A client says that the connection is in trouble: the system below it may know that there was none. */
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

/** A gateway, or a handler that has answered, was reached: what it could not reach itself is something behind it. */
function capped(error: unknown, own: Found, best: Found): Found {
  const { rule } = own.row.verdict;
  const { verdict, citation } = best.row;
  // What the last of several attempts says does not hold for those before it.
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

/** A 4xx that nobody answered, with the words of a network that failed. */
function isMisread(error: unknown, { row: { verdict } }: Found): boolean {
  return verdict.rule.startsWith('http.4') && !hasAnswer(error) && wordsRule(error)?.row === fetchFailed;
}

const gravity = { system: 4, persistent: 3, transient: 2, refused: 1, cancelled: 0 } as const;

/** All of them failed: the graver class wins, and nothing was sent only if none was. `Promise.any` needs just one to work. */
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

/** A lost connection of a database is a resource under us that is unwell; the same from an HTTP peer may just pass. */
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
