import type { Check } from './check.ts';

/** The copies for an outage are those of the database. Only the running program can compare them. */
export const standby: Check = {
  name: 'standby',
  rule: 'The copies of the coming lessons, which are shown while the database is down, are up to date.',
  advice: 'Copy them now with npm run -s school -- standby. If that does not help, read the log of the program.',
  reads: 'program',
  async run({ standbyDifferences }) {
    const count = (await standbyDifferences?.()) ?? 0;
    return Array.from({ length: count }, () => ({
      text: 'A copied lesson differs from the database, is missing, or should not be there.',
      ids: [],
    }));
  },
};
