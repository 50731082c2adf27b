import type { ConfigView, SettingsPatch } from '../../../src/contract.ts';
import { settingName, settingValue } from '../../words/setting-words.ts';

export type Member = ConfigView['members'][number];
export type Spec = Member['spec'][string];

/** Unsaved values, and the revision they are based on. */
export interface Draft {
  readonly revision: number;
  /** Without quotes. */
  readonly etag: string;
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

export interface DraftChange {
  readonly entry: DraftEntry;
  readonly member: Member;
  /** `null`: the code default. */
  readonly value: number | null;
  /** The value that will be active. */
  readonly to: number;
}

/** The changes and the invalid values of a draft; entries without effect are omitted. */
export function readDraft(
  { entries }: Draft,
  config: ConfigView,
): { readonly changes: readonly DraftChange[]; readonly problems: ReadonlyMap<string, string> } {
  const changes: DraftChange[] = [];
  const problems = new Map<string, string>();
  for (const entry of entries) {
    const member = config.members.find(({ id }) => id === entry.member);
    const spec = member?.spec[entry.setting];
    if (member === undefined || spec === undefined) continue;
    const now = member.values[entry.setting] ?? 0;
    if (entry.text === null) {
      const code = member.code[entry.setting] ?? spec.default;
      if (code !== now) changes.push({ entry, member, value: null, to: code });
      continue;
    }
    const read = readNumber(entry.text, spec);
    if ('problem' in read) problems.set(keyOf(entry), read.problem);
    else if (read.value !== now) changes.push({ entry, member, value: read.value, to: read.value });
  }
  return { changes, problems };
}

export function patchOf(changes: readonly DraftChange[]): SettingsPatch {
  const patch: SettingsPatch = {};
  for (const { entry, value } of changes) (patch[entry.member] ??= {})[entry.setting] = value;
  return patch;
}

/** `database: Reset timeout 30 s → 1.5 s`. */
export function changeText({ entry, member, value, to }: DraftChange): string {
  const { setting } = entry;
  const now = settingValue(setting, member.values[setting] ?? null);
  const source = value === null ? ' (code default)' : '';
  return `${member.name}: ${settingName(setting, member.spec)} ${now} → ${settingValue(setting, to)}${source}`;
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
    const member = config.members.find(({ id }) => id === entry.member);
    const theirs = member?.values[entry.setting];
    return member === undefined || theirs === undefined || theirs === entry.base
      ? []
      : [{ entry, name: `${member.name}: ${settingName(entry.setting, member.spec)}`, theirs }];
  });
}

/** The draft on top of the active revision, without the entries that are given up. */
export function rebased(draft: Draft, config: ConfigView, without: readonly DraftEntry[] = []): Draft {
  return {
    revision: config.revision,
    etag: bare(config.etag),
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

/** An ETag without its quotes. */
export function bare(etag: string): string {
  return etag.replaceAll('"', '');
}
