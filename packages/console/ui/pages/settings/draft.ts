import type { ConfigView, SettingChange } from '../../../src/contract.ts';
import { changedSetting, memberName } from '../../words/setting-words.ts';

export type Member = ConfigView['members'][number];
export type Spec = Member['spec'][string];

/** Unsaved values, and the revision they are based on. */
export interface Draft {
  readonly revision: number;
  readonly entries: readonly DraftEntry[];
}

export interface DraftEntry {
  readonly member: string;
  readonly setting: string;
  /** As typed; `null`: the code default. */
  readonly text: string | null;
  /** The value the draft started from. */
  readonly base: number;
}

/** The number that was typed, or what is wrong with it. */
export function readNumber(text: string, spec: Spec): { readonly value: number } | { readonly problem: string } {
  const trimmed = text.trim().replaceAll(/[ ,\u00A0]/g, '');
  const value = Number(trimmed);
  const { min, max, unit } = spec;
  const whole = unit === 'calls' || unit === 'attempts' || unit === 'bytes';
  const isOpen = max > UNBOUNDED;
  const from = isOpen
    ? `${numeral(min)}${unitText(unit)}`
    : `${numeral(min)} to ${numeral(max)}${whole ? '' : unitText(unit)}`;
  if (trimmed === '' || !Number.isFinite(value) || (whole && !Number.isInteger(value)))
    return { problem: `Enter a ${whole ? 'whole ' : ''}number ${isOpen ? `of at least ${from}` : `from ${from}`}.` };
  if (value < min || value > max) return { problem: `Must be ${isOpen ? `at least ${from}` : `from ${from}`}.` };
  return { value };
}

/** A bound above this is not shown. */
const UNBOUNDED = 1e12;

function numeral(value: number): string {
  return value.toLocaleString('en-CA');
}

/** `1 to 1,000 calls`, or `at least 10 ms` without an upper bound. */
export function rangeText({ min, max, unit }: Spec): string {
  return max > UNBOUNDED
    ? `at least ${numeral(min)}${unitText(unit)}`
    : `${numeral(min)} to ${numeral(max)}${unitText(unit)}`;
}

/** ` ms`; ratios and factors have none. */
export function unitText(unit: string): string {
  return unit === 'ratio' || unit === 'factor' ? '' : ` ${unit}`;
}

/** The changes and the invalid values of a draft; entries without effect are omitted. */
export function readDraft(
  { entries }: Draft,
  config: ConfigView,
): { readonly changes: readonly SettingChange[]; readonly problems: ReadonlyMap<string, string> } {
  const changes: SettingChange[] = [];
  const problems = new Map<string, string>();
  for (const entry of entries) {
    const { member: id, setting, text } = entry;
    const member = config.members.find((each) => each.id === id);
    const spec = member?.spec[setting];
    if (member === undefined || spec === undefined) continue;
    const from = member.values[setting] ?? 0;
    const read = text === null ? { value: member.code[setting] ?? spec.default } : readNumber(text, spec);
    if ('problem' in read) problems.set(keyOf(entry), read.problem);
    else if (read.value !== from)
      changes.push({ pointer: keyOf(entry), member: id, setting, from, to: text === null ? null : read.value });
  }
  return { changes, problems };
}

/** A setting of the draft that someone has saved with another value. */
export interface DraftConflict {
  readonly entry: DraftEntry;
  readonly name: string;
  readonly theirs: number;
}

export function conflictsOf({ entries, revision }: Draft, config: ConfigView): readonly DraftConflict[] {
  if (config.revision <= revision) return [];
  return entries.flatMap((entry) => {
    const { members } = config;
    const theirs = members.find(({ id }) => id === entry.member)?.values[entry.setting];
    const name = `${memberName(entry.member, members)}: ${changedSetting(entry, members)}`;
    return theirs === undefined || theirs === entry.base ? [] : [{ entry, name, theirs }];
  });
}

/** The draft on top of the active revision, without the entries that are given up. */
export function rebased(draft: Draft, config: ConfigView, without: readonly DraftEntry[] = []): Draft {
  return {
    revision: config.revision,
    entries: draft.entries
      .filter((entry) => !without.includes(entry))
      .map((entry) => ({
        ...entry,
        base: config.members.find(({ id }) => id === entry.member)?.values[entry.setting] ?? entry.base,
      })),
  };
}

export function keyOf({ member, setting }: Pick<DraftEntry, 'member' | 'setting'>): string {
  return `${member} ${setting}`;
}
