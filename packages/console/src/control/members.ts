import type { MemberOfKind } from 'dualbrake';
import { redactText } from '../logs/redact.ts';
import type { ConsoleOptions, MemberNotes } from '../options.ts';
import { listMembers, ofKind, type Listed } from '../views/listed.ts';
import { notFound } from '../problem.ts';

/** The members of the registry, with what the application declared about them. */
export class Members {
  readonly #options: ConsoleOptions;
  #neighbours: { readonly members: number; readonly byId: ReadonlyMap<string, ReadonlySet<string>> } | undefined;

  constructor(options: ConsoleOptions) {
    this.#options = options;
  }

  all(): readonly Listed[] {
    return listMembers(this.#options.registry);
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
    const { members = {} } = this.#options;
    const key = Object.hasOwn(members, id) ? id : name;
    return (Object.hasOwn(members, key) ? members[key] : undefined) ?? {};
  }

  /** Breakers that fail together with this one: in the same pipeline, a dependency, or behind the same service. */
  neighboursOf(id: string): ReadonlySet<string> {
    const members = this.all();
    if (this.#neighbours?.members !== members.length) {
      this.#neighbours = { members: members.length, byId: neighbours(members, this.#options) };
    }
    return this.#neighbours.byId.get(id) ?? new Set();
  }
}

function neighbours(
  listed: readonly Listed[],
  { members = {}, services = [] }: ConsoleOptions,
): ReadonlyMap<string, ReadonlySet<string>> {
  const breakers = ofKind(listed, 'circuit-breaker');
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
  for (const [name, { dependsOn = [] }] of Object.entries(members)) {
    for (const one of idsOf(name)) for (const other of dependsOn.flatMap(idsOf)) join([one, other]);
  }
  for (const { dependants = [] } of services) join(dependants.flatMap(idsOf));
  return found;
}
