/** Measures one row of two builds of the package, in turn and in one process. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { candidateOf, dualbrake, type Build } from './candidates/dualbrake.ts';
import type { Candidate, Subject } from './candidate.ts';
import { measureInTurn, type Plan } from './measure.ts';
import { rowOf, type RowName } from './rows.ts';

/** What a child is told to do. */
export interface AgainstOrder {
  readonly row: RowName;
  /** Where the earlier build lies. */
  readonly folder: string;
  readonly plan: Plan;
  /** Whether the earlier build has the first slice of each round: what stands second is a little slower. */
  readonly earlierFirst: boolean;
}

/** What came of both. */
export interface AgainstEntry {
  readonly beforeNs: number;
  readonly nowNs: number;
  /** This build's slice to the earlier one's of the same round: median. */
  readonly ratio: number;
}

export async function measureAgainst({ row: name, folder, plan, earlierFirst }: AgainstOrder): Promise<AgainstEntry> {
  const row = rowOf(name);
  const earlier = candidateOf('before', await buildIn(folder));
  const order = earlierFirst ? [earlier, dualbrake] : [dualbrake, earlier];
  const subjects: Subject[] = [];
  for (const candidate of order) subjects.push(await subjectOf(candidate, name));
  const shape = { concurrent: row.concurrent ?? 1, fails: (row.ends ?? 'answered') !== 'answered' };
  const [first, second] = await measureInTurn(subjects, shape, plan);
  if (first === undefined || second === undefined) throw new Error(`"${name}" was not measured.`);
  const [before, now] = earlierFirst ? [first, second] : [second, first];
  const ratio = earlierFirst ? second.ratio : 1 / second.ratio;
  return { beforeNs: before.nanoseconds, nowNs: now.nanoseconds, ratio };
}

async function buildIn(folder: string): Promise<Build> {
  const load = (file: string): Promise<unknown> => import(pathToFileURL(join(folder, file)).href);
  // An earlier build has the same interface, as far as the rows need it; a row that it cannot do fails and says so.
  const core = (await load('index.js')) as Build['core'];
  const { installAmbientContext } = (await load('node/index.js')) as Pick<Build, 'installAmbientContext'>;
  return { core, installAmbientContext };
}

async function subjectOf({ rows }: Candidate, name: RowName): Promise<Subject> {
  const subject = await rows[name]?.(rowOf(name).operation());
  if (subject === undefined) throw new Error(`There is no part for "${name}".`);
  return subject;
}
