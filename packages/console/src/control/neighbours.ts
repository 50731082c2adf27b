import type { ConsoleService, MemberNotes } from '../options.ts';
import type { Listed } from '../views/listed.ts';

/** Which breakers fail together: those of one pipeline, those that need each other, and those of one service. */
export function neighboursOf(
  members: readonly Listed[],
  notes: Readonly<Record<string, MemberNotes>>,
  services: readonly ConsoleService[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const breakers = members.filter(({ member }) => isBreaker(member.kind));
  const idsOf = (nameOrId: string): string[] =>
    breakers.filter(({ member }) => member.id === nameOrId || member.name === nameOrId).map(({ member }) => member.id);
  const neighbours = new Map<string, Set<string>>(breakers.map(({ member }) => [member.id, new Set<string>()]));
  const join = (ids: readonly string[]): void => {
    for (const one of ids) for (const other of ids) if (one !== other) neighbours.get(one)?.add(other);
  };
  const groups = new Map<string, string[]>();
  for (const { member, groups: names } of breakers) {
    for (const name of names) groups.set(name, [...(groups.get(name) ?? []), member.id]);
  }
  for (const ids of groups.values()) join(ids);
  for (const [name, { dependsOn = [] }] of Object.entries(notes)) {
    for (const one of idsOf(name)) for (const other of dependsOn.flatMap(idsOf)) join([one, other]);
  }
  for (const { dependants = [] } of services) join(dependants.flatMap(idsOf));
  return neighbours;
}

export function isBreaker(kind: string): boolean {
  return kind === 'circuit-breaker';
}
