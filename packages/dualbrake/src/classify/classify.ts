import type { Classification, Classifier, ClassifyContext } from '../classification.ts';
import { awsRule } from './aws.ts';
import { grpcRule, pushback } from './grpc.ts';
import { httpRule, isDecided, shouldRetry } from './http.ts';
import { mongodbRule } from './mongodb.ts';
import { moreDatabasesRule } from './more-databases.ts';
import { mysqlRule } from './mysql.ts';
import { isTimeout, nodeRule } from './node.ts';
import { ownRule } from './own.ts';
import { isOfDatabase, ormRule } from './orm.ts';
import { postgresRule } from './postgres.ts';
import { quickly } from './quickly.ts';
import { redisRule } from './redis.ts';
import { retryAfterMs } from './retry-after.ts';
import { evidence, row, type Found, type Row } from './rule.ts';
import { read, readList, readText } from './safe-read.ts';
import { servicesRule } from './services.ts';
import { smtpRule } from './smtp.ts';
import { sqliteRule } from './sqlite.ts';

/** How deep causes are followed, and how many errors are looked at in all; smithy's bound for the first. */
const DEPTH_LIMIT = 10;
const NODE_LIMIT = 50;

/** Properties in which libraries keep the error that caused theirs. */
const causes = ['cause', 'originalError', 'original', 'parent', 'driverError', 'nativeError', 'detail', 'suppressed'];

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
  servicesRule,
  httpRule,
  nodeRule,
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
  const found = known ?? judge(error, 0, seen);
  const verdict = inDomain(found.row.verdict, context?.dependency ?? (anyOfDatabase(seen) ? 'database' : undefined));
  if (verdict.class === 'persistent' && verdict.rule !== 'http.403') {
    return verdict;
  }
  const hint = findHint(seen, verdict, context?.now);
  return withAuthorsWord(hint === undefined ? verdict : { ...verdict, retryAfterMs: hint }, error);
}

/** The most specific of an error and its causes; members of an aggregate are weighed against each other. */
function judge(error: unknown, depth: number, seen: Set<unknown>): Found {
  if (depth > 0 && (seen.has(error) || seen.size >= NODE_LIMIT)) return unknown;
  seen.add(error);
  const own = ask(error);
  // Nothing that it wraps can know better than the server that answered, or an author who has decided.
  if (own.rank <= evidence.driver || isDecided(own.row)) return own;
  if (depth >= DEPTH_LIMIT) return own;
  const members = readList(error, 'errors', NODE_LIMIT).filter(
    (member) => typeof member === 'object' && member !== null,
  );
  if (members.length > 0 && readText(error, 'name') === 'AggregateError') {
    const combined = combine(
      members.map((member) => judge(member, depth + 1, seen)),
      error,
    );
    return combined.rank < own.rank || own.rank > evidence.code ? combined : own;
  }
  let best = own;
  for (const name of causes) {
    const cause = read(error, name);
    if (cause === undefined || cause === null) continue;
    const found = judge(cause, depth + 1, seen);
    if (found.rank < best.rank || (found.rank === best.rank && best.rank >= evidence.name)) best = found;
  }
  return best;
}

function ask(error: unknown): Found {
  for (const source of sources) {
    const found = source(error);
    if (found !== undefined) return found;
  }
  return unknown;
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

/** An author who says that his error must not be retried is believed. */
function withAuthorsWord(verdict: Classification, error: unknown): Classification {
  const refusedByAuthor =
    shouldRetry(error) === false ||
    pushback(error) === false ||
    read(error, 'overloaded') === true ||
    // p-retry's way to say "never again".
    (readText(error, 'name') === 'AbortError' && read(error, 'originalError') !== undefined) ||
    ['retryable', 'isRetryable', 'retriable'].some((name) => read(error, name) === false);
  return refusedByAuthor && verdict.retryable ? { ...verdict, retryable: false } : verdict;
}
