import type { MemberOfKind, Registry } from 'dualbrake';
import { redactText } from '../logs/redact.ts';
import type { ConsoleService, MemberNotes } from '../options.ts';
import { listMembers, ofKind, type Listed } from '../views/listed.ts';
import { notFound } from '../problem.ts';

/** The members of the registry, with what the application declared about them. */
export class Members {
  readonly #registry: Registry;
  readonly #notes: Readonly<Record<string, MemberNotes>>;
  readonly #services: readonly ConsoleService[];
  #neighbours: { readonly members: number; readonly byId: ReadonlyMap<string, ReadonlySet<string>> } | undefined;

  /** @param notes by ID or name of a breaker */
  constructor(
    registry: Registry,
    notes: Readonly<Record<string, MemberNotes>> = {},
    services: readonly ConsoleService[] = [],
  ) {
    this.#registry = registry;
    this.#notes = notes;
    this.#services = services;
  }

  all(): readonly Listed[] {
    return listMembers(this.#registry);
  }

  /** @throws Problem not-found */
  find<K extends 'circuit-breaker' | 'retry'>(id: string, kind: K): Listed<MemberOfKind<K>> {
    const found = ofKind(this.all(), kind).find(({ member }) => member.id === id);
    if (found === undefined) throw notFound(`${kind === 'retry' ? 'retry' : 'breaker'} "${redactText(id)}"`);
    return found;
  }

  /** The ID itself when there is no such member. */
  nameOf(id: string): string {
    return this.all().find(({ member }) => member.id === id)?.member.name ?? id;
  }

  notesOf({ id, name }: { readonly id: string; readonly name: string }): MemberNotes {
    const notes = this.#notes;
    if (Object.hasOwn(notes, id)) return notes[id] ?? {};
    return Object.hasOwn(notes, name) ? (notes[name] ?? {}) : {};
  }

  /** Breakers that fail together with this one: in the same pipeline, a dependency, or behind the same service. */
  neighboursOf(id: string): ReadonlySet<string> {
    const members = this.all();
    if (this.#neighbours?.members !== members.length) {
      this.#neighbours = { members: members.length, byId: neighbours(members, this.#notes, this.#services) };
    }
    return this.#neighbours.byId.get(id) ?? new Set();
  }
}

function neighbours(
  members: readonly Listed[],
  notes: Readonly<Record<string, MemberNotes>>,
  services: readonly ConsoleService[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const breakers = ofKind(members, 'circuit-breaker');
  const idsOf = (nameOrId: string): string[] =>
    breakers.filter(({ member }) => member.id === nameOrId || member.name === nameOrId).map(({ member }) => member.id);
  const found = new Map<string, Set<string>>(breakers.map(({ member }) => [member.id, new Set<string>()]));
  const join = (ids: readonly string[]): void => {
    for (const one of ids) for (const other of ids) if (one !== other) found.get(one)?.add(other);
  };
  const pipelines = new Map<string, string[]>();
  for (const { member, groups } of breakers) {
    for (const name of groups) pipelines.set(name, [...(pipelines.get(name) ?? []), member.id]);
  }
  for (const ids of pipelines.values()) join(ids);
  for (const [name, { dependsOn = [] }] of Object.entries(notes)) {
    for (const one of idsOf(name)) for (const other of dependsOn.flatMap(idsOf)) join([one, other]);
  }
  for (const { dependants = [] } of services) join(dependants.flatMap(idsOf));
  return found;
}
