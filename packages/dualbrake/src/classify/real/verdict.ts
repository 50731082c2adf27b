import { classify, type Classification, type ClassifyContext } from '../../index.ts';

/** class, worth repeating (R), counted (B), sent, applied */
export type Verdict =
  `${Classification['class']} ${'R' | '-'}${'B' | '-'} ${Classification['reachedServer']} ${Classification['applied']}`;

/** What the classifier says, short enough for a line of a test. */
export function verdictOf(error: unknown, context?: ClassifyContext): Verdict {
  const found = classify(error, context);
  const flags = `${found.retryable ? 'R' : '-'}${found.countsAgainstBreaker ? 'B' : '-'}` as const;
  return `${found.class} ${flags} ${found.reachedServer} ${found.applied}`;
}

/** What a promise rejects with. */
export async function errorOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('It was to fail and did not.');
}
