import { corpus, fieldCases, type Case } from '../../src/classify/corpus/corpus.ts';
import type { Decider } from './deciders.ts';

/** How often a decider is right on "retry or not". */
export interface Score {
  readonly cases: number;
  readonly right: number;
  /** Would be repeated, and must not. */
  readonly wronglyRetried: number;
  /** Would not be repeated, and should. */
  readonly missed: number;
  /** It threw. */
  readonly threw: number;
}

/** Sources of HTTP and network errors: what most libraries are made for. */
const ofNetwork = new Set([
  'http-status',
  'http-shapes',
  'retry-after',
  'node-net',
  'dns',
  'tls',
  'fetch',
  'undici',
  'http2',
  'abort-timeout',
]);

export const undisputed: readonly Case[] = corpus.filter(({ disputed }) => !disputed);
/** Made in the field with real clients. */
export const field: readonly Case[] = fieldCases.filter(({ disputed }) => !disputed);
export const network: readonly Case[] = undisputed.filter(({ source }) => ofNetwork.has(source));

export async function scoreOf(decider: Decider, cases: readonly Case[]): Promise<Score> {
  const score = { cases: cases.length, right: 0, wronglyRetried: 0, missed: 0, threw: 0 };
  for (const each of cases) {
    const { expected } = each;
    const { error, context } = each.make();
    let decided = false;
    try {
      decided = await decider.decide(error, context);
    } catch {
      score.threw += 1;
    }
    if (decided === expected.retryable) score.right += 1;
    else if (decided) score.wronglyRetried += 1;
    else score.missed += 1;
  }
  return score;
}
