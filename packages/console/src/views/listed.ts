import type { MemberReport, Registry } from 'dualbrake';

export type Facts = Readonly<Record<string, unknown>>;

/** A member of the registry and the groups that list it. */
export interface Listed {
  readonly member: MemberReport;
  readonly groups: readonly string[];
}

/** Every member once, however many pipelines list it. */
export function listMembers(registry: Registry): readonly Listed[] {
  const found = new Map<string, { member: MemberReport; groups: string[] }>();
  for (const group of registry.report()) {
    for (const member of group.members) {
      const known = found.get(member.id);
      if (known === undefined) found.set(member.id, { member, groups: [group.name] });
      else known.groups.push(group.name);
    }
  }
  return [...found.values()];
}

export function countOf(facts: Facts, name: string): number {
  const value = facts[name];
  return typeof value === 'number' ? value : 0;
}

export function maybeNumber(facts: Facts, name: string): number | null {
  const value = facts[name];
  return typeof value === 'number' ? value : null;
}

export function textOf(facts: Facts, name: string): string {
  const value = facts[name];
  return typeof value === 'string' ? value : '';
}
