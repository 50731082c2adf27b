import type { Candidate } from '../candidate.ts';
import { bareCall, rowNames } from '../rows.ts';
import { alfred } from './alfred.ts';
import { cockatiel } from './cockatiel.ts';
import { dualbrake, dualbrakeWithout } from './dualbrake.ts';
import { opossum } from './opossum.ts';
import { plain } from './plain.ts';
import { singlePurpose } from './single-purpose.ts';

/** The same operation without anything around it. */
export const bare: Candidate = {
  name: 'bare await',
  rows: Object.fromEntries(rowNames.map((name) => [name, () => ({ call: bareCall(name) })])),
};

/** In the order of the report. The bare await comes first: all others are compared with it. */
export const candidates: readonly Candidate[] = [
  bare,
  plain,
  dualbrake,
  dualbrakeWithout,
  cockatiel,
  opossum,
  alfred,
  ...singlePurpose,
];
