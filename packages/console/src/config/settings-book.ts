import type { Registry, Steerable } from 'dualbrake';
import type { RevisionView, SettingChange, SettingProblem, SettingsPatch, ThreeWay } from '../contract.ts';
import { redactText } from '../logs/redact.ts';
import { pointerOf } from '../problem.ts';
import type { Store } from '../store/store.ts';
import { listMembers } from '../views/listed.ts';
import { isoOf } from '../wall-time.ts';

type Values = Readonly<Record<string, number>>;

/** Values that users have saved instead of those in the code, by member and setting. */
export type Overrides = Readonly<Record<string, Values>>;

/** Facts that a new revision records besides its plan. */
interface Draft {
  readonly reason: string;
  readonly author: string;
  readonly authorName: string;
  readonly autoRevertAt: number | undefined;
  readonly restores?: number | null;
  readonly reverts?: number | null;
}

/** A validated change. */
export interface Plan {
  readonly overrides: Overrides;
  readonly changes: readonly SettingChange[];
}

interface Adjustable {
  readonly member: Steerable;
  readonly group: string;
  /** The values in the code: those of the first tick that found it. */
  readonly code: Values;
}

/** Settings whose change discards what was counted. */
const emptying = new Set(['windowMs']);

/**
 * The settings of all registered members: the values in the code, and the overrides that people have saved. Each save is
 * an immutable revision, and the newest one is active. A revision is stored before it takes effect.
 */
export class SettingsBook {
  readonly #registry: Registry;
  readonly #store: Store;
  readonly #wallClock: () => number;
  readonly #members = new Map<string, Adjustable>();
  /** By member: why its saved settings could not be applied, in a sentence. */
  readonly #unfit = new Map<string, string>();
  #trials: { readonly revision: number; readonly found: readonly RevisionView[] } | undefined;
  #active: RevisionView | undefined;

  constructor(registry: Registry, store: Store, wallClock: () => number) {
    this.#registry = registry;
    this.#store = store;
    this.#wallClock = wallClock;
    [this.#active] = this.list(1);
    this.tick();
  }

  get revision(): number {
    return this.#active?.revision ?? 0;
  }

  get active(): RevisionView | undefined {
    return this.#active;
  }

  /** Finds new members and applies their saved settings. Runs every second. */
  tick(): void {
    for (const {
      member: { id },
      groups,
    } of listMembers(this.#registry)) {
      if (this.#members.has(id)) continue;
      const member = this.#registry.members().find((each) => this.#registry.idOf(each) === id);
      if (member?.settings === undefined) continue;
      this.#members.set(id, { member, group: groups[0] ?? '', code: member.settings.values });
      const saved = this.#active?.overrides[id];
      if (saved !== undefined) this.#apply(id, saved);
    }
  }

  members(): ReadonlyMap<string, Adjustable> {
    this.tick();
    return this.#members;
  }

  /** Differences between the active revision and the running settings, in sentences. */
  drift(): string[] {
    const missing = Object.entries(this.#active?.overrides ?? {}).flatMap(([id, saved]) => {
      if (!this.#members.has(id)) return [`"${id}" isn’t registered, so its saved settings aren’t active.`];
      if (this.#unfit.has(id)) return [];
      const values = this.#values(id);
      return Object.entries(saved)
        .filter(([name, value]) => values[name] !== value)
        .map(([name, value]) => `${name} of "${id}" is ${values[name]}, but revision ${this.revision} sets ${value}.`);
    });
    return [...this.#unfit.values(), ...missing];
  }

  /** All problems of a change; empty if it is valid. */
  problems(patch: SettingsPatch): SettingProblem[] {
    this.tick();
    return Object.entries(patch).flatMap(([id, settings]) => {
      const { member, code = {} } = this.#members.get(id) ?? {};
      if (member?.settings === undefined) {
        const name = redactText(id);
        return [
          { pointer: pointerOf('settings', name), code: 'unknown', message: `Nothing named "${name}" has settings.` },
        ];
      }
      const isKnown = (name: string): boolean => Object.hasOwn(code, name);
      const values = Object.fromEntries(
        Object.entries(settings).map(([name, value]) => [name, value ?? (isKnown(name) ? code[name] : 0)]),
      );
      return member.settings.problemsOf(values).map(({ setting, message }) => ({
        pointer: setting === undefined ? pointerOf('settings', id) : pointerOf('settings', id, redactText(setting)),
        code: setting === undefined ? 'together' : isKnown(setting) ? 'range' : 'unknown',
        message: `${redactText(message)}.`,
      }));
    });
  }

  /** The effect of a change. @param patch must have no problems */
  plan(patch: SettingsPatch): Plan {
    const overrides: Record<string, Record<string, number>> = {};
    for (const [id, saved] of Object.entries(this.#active?.overrides ?? {})) overrides[id] = { ...saved };
    const changes: SettingChange[] = [];
    for (const [id, settings] of Object.entries(patch)) {
      const code = this.#code(id);
      const values = this.#values(id);
      const own = (overrides[id] ??= {});
      for (const [setting, value] of Object.entries(settings)) {
        if (value === null || value === code[setting]) delete own[setting];
        else own[setting] = value;
        const to = value ?? code[setting] ?? null;
        const from = values[setting] ?? null;
        if (from !== to) changes.push({ pointer: pointerOf('settings', id, setting), member: id, setting, from, to });
      }
      if (Object.keys(own).length === 0) delete overrides[id];
    }
    return { overrides, changes };
  }

  /** Stores a plan as a revision. Only within a transaction of the store's file; then `activate` it. */
  keep(
    { overrides, changes }: Plan,
    { reason, author, authorName, autoRevertAt, restores = null, reverts = null }: Draft,
  ): RevisionView {
    const made: RevisionView = {
      revision: this.revision + 1,
      saved_at: isoOf(this.#wallClock()),
      author,
      author_name: authorName,
      reason,
      changes: [...changes],
      overrides,
      restores,
      reverts,
      auto_revert_at: autoRevertAt === undefined ? null : isoOf(autoRevertAt),
    };
    this.#store.file.run('insert into revisions (number, payload) values (?, ?)', made.revision, JSON.stringify(made));
    return made;
  }

  /** Applies a stored revision. */
  activate(revision: RevisionView): void {
    const before = this.#active?.overrides ?? {};
    this.#active = revision;
    for (const [id, { code }] of this.#members) {
      const now = revision.overrides[id];
      if (now === undefined && before[id] === undefined && !this.#unfit.has(id)) continue;
      this.#apply(id, { ...code, ...now });
    }
  }

  find(number: number): RevisionView | undefined {
    return this.#revisions('where number = ?', number)[0];
  }

  /** Newest first. */
  list(limit: number): RevisionView[] {
    return this.#revisions('order by number desc limit ?', limit);
  }

  /** Temporary revisions that have not been reverted, oldest first. Queried again after each save. */
  get trials(): readonly RevisionView[] {
    if (this.#trials?.revision !== this.revision) {
      const found = this.#revisions(`as tried
        where json_extract(payload, '$.auto_revert_at') is not null and not exists (
          select 1 from revisions as later
          where later.number > tried.number and (json_extract(later.payload, '$.reverts') = tried.number
            or json_extract(later.payload, '$.restores') < tried.number))
        order by number`);
      // A failed query must not be remembered as "none".
      if (this.#store.file.state.state === 'failing') return found;
      this.#trials = { revision: this.revision, found };
    }
    return this.#trials.found;
  }

  /** Settings that differ between two revisions; `{}` means the code. */
  difference(from: Overrides, to: Overrides): SettingChange[] {
    return keysOf(from, to).flatMap((member) => {
      const code = this.#code(member);
      return keysOf(from[member] ?? {}, to[member] ?? {})
        .map((setting) => ({
          pointer: pointerOf('settings', member, setting),
          member,
          setting,
          from: from[member]?.[setting] ?? code[setting] ?? null,
          to: to[member]?.[setting] ?? code[setting] ?? null,
        }))
        .filter((change) => change.from !== change.to);
    });
  }

  /** The change that restores the settings of another revision. */
  patchTo(overrides: Overrides): SettingsPatch {
    return patchOf(this.difference(this.#active?.overrides ?? {}, overrides), overrides);
  }

  /** The change that reverts a revision, except settings that later revisions have changed. */
  patchBack(revision: RevisionView): SettingsPatch {
    const untouched = revision.changes.filter(({ member, setting, to }) => this.#values(member)[setting] === to);
    return patchOf(untouched, this.find(revision.revision - 1)?.overrides ?? {});
  }

  /** Compares a requested change with what was saved in the meantime. */
  threeWay(base: Overrides, yours: SettingsPatch): ThreeWay[] {
    const theirs = this.#active?.overrides ?? {};
    const affected = new Map(
      [
        ...this.difference(base, theirs),
        ...Object.entries(yours).flatMap(([member, settings]) =>
          Object.keys(settings)
            .filter((setting) => Object.hasOwn(this.#code(member), setting))
            .map((setting) => ({ pointer: pointerOf('settings', member, setting), member, setting })),
        ),
      ].map((each) => [each.pointer, each]),
    );
    return keysOf(Object.fromEntries(affected)).map((pointer) => {
      const { member = '', setting = '' } = affected.get(pointer) ?? {};
      const code = this.#code(member)[setting] ?? null;
      const inBase = base[member]?.[setting] ?? code;
      const inTheirs = theirs[member]?.[setting] ?? code;
      const wanted = yours[member]?.[setting];
      const inYours = wanted === undefined ? inBase : (wanted ?? code);
      const isYours = inYours !== inBase;
      const isTheirs = inTheirs !== inBase;
      return {
        pointer,
        code: inYours === inTheirs ? 'same' : isYours && isTheirs ? 'conflict' : isYours ? 'yours' : 'theirs',
        base: inBase,
        theirs: inTheirs,
        yours: inYours,
        message: `${setting} of "${member}" was ${inBase}; saved in the meantime: ${inTheirs}; yours: ${inYours}.`,
      };
    });
  }

  /** Breakers that discard what they have counted. */
  emptiesWindows(changes: readonly SettingChange[]): string[] {
    return [...new Set(changes.filter(({ setting }) => emptying.has(setting)).map(({ member }) => member))];
  }

  #revisions(condition: string, ...values: number[]): RevisionView[] {
    return this.#store.file.payloads(`select payload from revisions ${condition}`, ...values);
  }

  #code(id: string): Values {
    return this.#members.get(id)?.code ?? {};
  }

  #values(id: string): Values {
    return this.#members.get(id)?.member.settings?.values ?? {};
  }

  /** Changes a member through the registry, whose event reaches all listeners. Applies all values or none. */
  #apply(id: string, values: Values): void {
    const known = this.#members.get(id);
    if (known === undefined) return;
    const now = this.#values(id);
    const patch = Object.fromEntries(Object.entries(values).filter(([name, value]) => now[name] !== value));
    this.#unfit.delete(id);
    if (Object.keys(patch).length === 0) return;
    try {
      this.#registry.change(known.group, known.member.name, patch);
    } catch (error) {
      const why = error instanceof Error ? error.message : 'it does not fit';
      this.#unfit.set(id, `The settings saved for "${id}" aren’t active: ${why}`);
    }
  }
}

/** Whether a change of this setting discards what was counted. */
export function appliesHow(setting: string): 'now' | 'empties_window' {
  return emptying.has(setting) ? 'empties_window' : 'now';
}

function keysOf(...objects: readonly object[]): string[] {
  return [...new Set(objects.flatMap((each) => Object.keys(each)))].toSorted();
}

function patchOf(changes: readonly SettingChange[], to: Overrides): SettingsPatch {
  const patch: SettingsPatch = {};
  for (const { member, setting } of changes) (patch[member] ??= {})[setting] = to[member]?.[setting] ?? null;
  return patch;
}
