import { isOfKind, type MemberOfKind, type MemberReport, type Registry, type ReportByKind } from 'dualbrake';

/** A member of the registry and the names of the groups that list it. */
export interface Listed<M extends MemberReport = MemberReport> {
  readonly member: M;
  readonly groups: readonly string[];
}

/** All members, without duplicates. */
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

/** Whether the console can't show a breaker or retry, because its report failed. */
export function isUnreadable({ member: { kind, report } }: Listed): boolean {
  return (kind === 'circuit-breaker' || kind === 'retry') && report['state'] === 'unknown';
}

/** The built-in policies of one kind whose report could be read. */
export function ofKind<K extends keyof ReportByKind>(
  listed: readonly Listed[],
  kind: K,
): readonly Listed<MemberOfKind<K>>[] {
  return listed.filter((each): each is Listed<MemberOfKind<K>> => isOfKind(each.member, kind));
}
