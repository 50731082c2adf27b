import type { Registry, Steerable } from 'dualbrake';
import type { RevisionView, SettingChange, SettingProblem, SettingsPatch, ThreeWay } from '../contract.ts';
import { redactText } from '../logs/redact.ts';
import type { Store } from '../store/store.ts';

/** What people have set beside the code: values by member, by setting. */
export type Overrides = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A revision before it is kept. */
export interface Draft {
  readonly settings: SettingsPatch;
  readonly reason: string;
  readonly author: string;
  readonly authorName: string;
  readonly autoRevertAt: number | undefined;
  readonly restores?: number;
  readonly reverts?: number;
}

/** A change that is ready to be made: checked, all of it. */
export interface Plan {
  readonly overrides: Overrides;
  readonly changes: readonly SettingChange[];
}

interface Adjustable {
  readonly member: Steerable;
  readonly group: string;
  /** What the code said when it was first seen. */
  readonly code: Readonly<Record<string, number>>;
}

/** Settings that forget what was counted when they change. */
const emptying = new Set(['windowMs']);

/**
 * The settings of everything that is registered: what the code says, and above it what people have saved. Each save is a
 * revision that is never changed; the newest one is active. What runs is set after the revision has been kept.
 */
export class SettingsBook {
  readonly #registry: Registry;
  readonly #store: Store;
  readonly #wallClock: () => number;
  readonly #members = new Map<string, Adjustable>();
  /** Overrides that did not fit when they were applied, in sentences. */
  readonly #unfit = new Map<string, string>();
  #trials: { readonly revision: number; readonly found: readonly RevisionView[] } | undefined;
  #active: RevisionView | undefined;

  constructor(registry: Registry, store: Store, wallClock: () => number) {
    this.#registry = registry;
    this.#store = store;
    this.#wallClock = wallClock;
    const row = store.file.get('select payload from revisions order by number desc limit 1');
    this.#active = row === undefined ? undefined : (JSON.parse(String(row['payload'])) as RevisionView);
    this.look();
  }

  get revision(): number {
    return this.#active?.revision ?? 0;
  }

  get active(): RevisionView | undefined {
    return this.#active;
  }

  /** Finds members that have come since, and gives them what was saved for them. @returns ids of those that changed */
  look(): readonly string[] {
    const changed: string[] = [];
    for (const group of this.#registry.report()) {
      for (const { id, name } of group.members) {
        if (this.#members.has(id)) continue;
        const member = this.#registry.members().find((each) => this.#registry.idOf(each) === id);
        if (member?.settings === undefined) continue;
        this.#members.set(id, { member, group: group.name, code: member.settings.values });
        const saved = this.#active?.overrides[id];
        if (saved !== undefined && this.#apply(id, saved)) changed.push(name);
      }
    }
    return changed;
  }

  members(): ReadonlyMap<string, Adjustable> {
    this.look();
    return this.#members;
  }

  /** Where what runs is not what the active revision says, in sentences. */
  drift(): string[] {
    const wrong: string[] = [...this.#unfit.values()];
    for (const [id, saved] of Object.entries(this.#active?.overrides ?? {})) {
      if (!this.#members.has(id)) wrong.push(`"${id}" isn’t registered, so its saved settings aren’t active.`);
      else if (this.#unfit.has(id)) continue;
      else {
        const values = this.#values(id);
        for (const [name, value] of Object.entries(saved)) {
          if (values[name] !== value) {
            wrong.push(`${name} of "${id}" is ${values[name]}, but revision ${this.revision} sets ${value}.`);
          }
        }
      }
    }
    return wrong;
  }

  /** Every problem of a change; none when it can be made. */
  problems(patch: SettingsPatch): SettingProblem[] {
    this.look();
    return Object.entries(patch).flatMap(([id, settings]) => {
      const known = this.#members.get(id);
      if (known?.member.settings === undefined) {
        const name = redactText(id);
        return [{ pointer: pointerOf(name), code: 'unknown', message: `Nothing named "${name}" has settings.` }];
      }
      const resolved = Object.fromEntries(
        Object.entries(settings).map(([name, value]) => [
          name,
          value ?? (Object.hasOwn(known.code, name) ? known.code[name] : 0),
        ]),
      );
      return known.member.settings.problemsOf(resolved).map(({ setting, message }) => ({
        pointer: setting === undefined ? pointerOf(id) : pointerOf(id, redactText(setting)),
        code: setting === undefined ? 'together' : Object.hasOwn(known.code, setting) ? 'range' : 'unknown',
        message: `${redactText(message)}.`,
      }));
    });
  }

  /** What a change would come to; must have no problems. */
  plan(patch: SettingsPatch): Plan {
    const overrides: Record<string, Record<string, number>> = {};
    for (const [id, saved] of Object.entries(this.#active?.overrides ?? {})) overrides[id] = { ...saved };
    const changes: SettingChange[] = [];
    for (const [id, settings] of Object.entries(patch)) {
      const known = this.#members.get(id);
      const values = this.#values(id);
      for (const [setting, value] of Object.entries(settings)) {
        const own = (overrides[id] ??= {});
        const code = known?.code[setting];
        if (value === null || value === code) delete own[setting];
        else own[setting] = value;
        const to = value ?? code ?? null;
        const from = values[setting] ?? null;
        if (from !== to) changes.push({ pointer: pointerOf(id, setting), member: id, setting, from, to });
      }
      if (Object.keys(overrides[id] ?? {}).length === 0) delete overrides[id];
    }
    return { overrides, changes };
  }

  /** A revision made of a plan. Only within a transaction of the store's file; then `activate` it. */
  keep(
    plan: Plan,
    { reason, author, authorName, autoRevertAt, restores, reverts }: Omit<Draft, 'settings'>,
  ): RevisionView {
    const made: RevisionView = {
      revision: this.revision + 1,
      saved_at: new Date(this.#wallClock()).toISOString(),
      author,
      author_name: authorName,
      reason,
      changes: [...plan.changes],
      overrides: plan.overrides,
      restores: restores ?? null,
      reverts: reverts ?? null,
      auto_revert_at: autoRevertAt === undefined ? null : new Date(autoRevertAt).toISOString(),
    };
    this.#store.file.run('insert into revisions (number, payload) values (?, ?)', made.revision, JSON.stringify(made));
    return made;
  }

  /** Puts a kept revision in force. */
  activate(revision: RevisionView): void {
    const before = this.#active?.overrides ?? {};
    this.#active = revision;
    for (const [id, { code }] of this.#members) {
      const now = revision.overrides[id];
      const then = before[id];
      if (now === undefined && then === undefined && !this.#unfit.has(id)) continue;
      this.#apply(id, { ...code, ...now });
    }
  }

  find(number: number): RevisionView | undefined {
    const row = this.#store.file.get('select payload from revisions where number = ?', number);
    return row === undefined ? undefined : (JSON.parse(String(row['payload'])) as RevisionView);
  }

  /** Newest first. */
  list(limit: number): RevisionView[] {
    return this.#store.file
      .all('select payload from revisions order by number desc limit ?', limit)
      .map((row) => JSON.parse(String(row['payload'])) as RevisionView);
  }

  /** Revisions that are only tried, and have not been taken back, oldest first. Looked up anew after each save. */
  get trials(): readonly RevisionView[] {
    if (this.#trials?.revision !== this.revision) {
      const rows = this.#store.file.all(`
        select payload from revisions as tried
        where json_extract(payload, '$.auto_revert_at') is not null and not exists (
          select 1 from revisions as later
          where later.number > tried.number and (json_extract(later.payload, '$.reverts') = tried.number
            or json_extract(later.payload, '$.restores') < tried.number))
        order by number`);
      const found = rows.map((row) => JSON.parse(String(row['payload'])) as RevisionView);
      // What could not be read is asked for again.
      if (this.#store.file.state.state === 'failing') return found;
      this.#trials = { revision: this.revision, found };
    }
    return this.#trials.found;
  }

  /** What differs between two revisions; 0 is the code alone. */
  difference(from: Overrides, to: Overrides): SettingChange[] {
    const ids = [...new Set([...Object.keys(from), ...Object.keys(to)])].toSorted();
    return ids.flatMap((member) => {
      const names = [...new Set([...Object.keys(from[member] ?? {}), ...Object.keys(to[member] ?? {})])].toSorted();
      const code = this.#members.get(member)?.code;
      return names
        .map((setting) => ({
          pointer: pointerOf(member, setting),
          member,
          setting,
          from: from[member]?.[setting] ?? code?.[setting] ?? null,
          to: to[member]?.[setting] ?? code?.[setting] ?? null,
        }))
        .filter((change) => change.from !== change.to);
    });
  }

  /** What makes the settings those of another revision again. */
  patchTo(overrides: Overrides): SettingsPatch {
    const now = this.#active?.overrides ?? {};
    return patchOf(this.difference(now, overrides), overrides);
  }

  /** What takes back a revision, but for settings that a later one has changed since. */
  patchBack(revision: RevisionView): SettingsPatch {
    const before = this.find(revision.revision - 1)?.overrides ?? {};
    const untouched = revision.changes.filter(({ member, setting, to }) => this.#values(member)[setting] === to);
    return patchOf(untouched, before);
  }

  /** A setting as who began, who saved meanwhile and who wants to save now see it. */
  threeWay(base: Overrides, yours: SettingsPatch): ThreeWay[] {
    const theirs = this.#active?.overrides ?? {};
    const changedByThem = this.difference(base, theirs);
    const pointers = new Set([
      ...changedByThem.map(({ pointer }) => pointer),
      ...Object.entries(yours).flatMap(([id, settings]) =>
        Object.keys(settings)
          .filter((name) => Object.hasOwn(this.#members.get(id)?.code ?? {}, name))
          .map((name) => pointerOf(id, name)),
      ),
    ]);
    return [...pointers].toSorted().map((pointer) => {
      const [, , member = '', setting = ''] = pointer.split('/').map(unescaped);
      const code = this.#members.get(member)?.code[setting] ?? null;
      const inBase = base[member]?.[setting] ?? code;
      const inTheirs = theirs[member]?.[setting] ?? code;
      const wanted = yours[member]?.[setting];
      const inYours = wanted === undefined ? inBase : (wanted ?? code);
      const you = inYours !== inBase;
      const they = inTheirs !== inBase;
      const same = inYours === inTheirs;
      const verdict = same ? 'same' : you && they ? 'conflict' : you ? 'yours' : 'theirs';
      return {
        pointer,
        code: verdict,
        base: inBase,
        theirs: inTheirs,
        yours: inYours,
        message: `${setting} of "${member}" was ${inBase}; saved in the meantime: ${inTheirs}; yours: ${inYours}.`,
      };
    });
  }

  /** Breakers that forget what they have counted. */
  emptiesWindows(changes: readonly SettingChange[]): string[] {
    return [...new Set(changes.filter(({ setting }) => emptying.has(setting)).map(({ member }) => member))];
  }

  #values(id: string): Readonly<Record<string, number>> {
    return this.#members.get(id)?.member.settings?.values ?? {};
  }

  /** Through the registry, whose event tells everybody. One that does not fit is told, and nothing of it is taken. */
  #apply(id: string, values: Readonly<Record<string, number>>): boolean {
    const known = this.#members.get(id);
    if (known === undefined) return false;
    const now = this.#values(id);
    const patch = Object.fromEntries(Object.entries(values).filter(([name, value]) => now[name] !== value));
    this.#unfit.delete(id);
    if (Object.keys(patch).length === 0) return false;
    try {
      this.#registry.change(known.group, known.member.name, patch);
      return true;
    } catch (error) {
      const why = error instanceof Error ? error.message : 'it does not fit';
      this.#unfit.set(id, `The settings saved for "${id}" aren’t active: ${why}`);
      return false;
    }
  }
}

/** Whether a change of this setting forgets what was counted. */
export function appliesHow(setting: string): 'now' | 'empties_window' {
  return emptying.has(setting) ? 'empties_window' : 'now';
}

function patchOf(changes: readonly SettingChange[], to: Overrides): SettingsPatch {
  const patch: SettingsPatch = {};
  for (const { member, setting } of changes) (patch[member] ??= {})[setting] = to[member]?.[setting] ?? null;
  return patch;
}

/** A JSON Pointer into a draft, RFC 6901. */
function pointerOf(member: string, setting?: string): string {
  const parts = ['settings', member, ...(setting === undefined ? [] : [setting])];
  return parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
