import type { ConfigView, SettingChange } from '../../../src/contract.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { settingName, settingValue } from '../../words/setting-words.ts';

/** IDs stand in for names while the members are loading. */
type Members = ConfigView['members'] | undefined;

/** The settings that differ between two revisions. */
export function ChangeTable({ changes, members }: Readonly<{ changes: readonly SettingChange[]; members: Members }>) {
  if (changes.length === 0) return <p class="muted card-body">No differences.</p>;
  return (
    <DataTable
      caption="Settings that differ"
      rows={changes}
      rowKey={({ pointer }) => pointer}
      columns={(col) => [
        col.of('Name', ({ member }) => <span class="row-link">{nameOf(member, members)}</span>),
        col.of('Setting', (change) => labelOf(change, members)),
        col.number('From', ({ setting, from }) => valueText(setting, from)),
        col.number('To', ({ setting, to }) => valueText(setting, to)),
      ]}
    />
  );
}

/** `database: Consecutive failures to open 5 → 8`. */
export function changeLine(change: SettingChange, members: Members): string {
  const { member, setting, from, to } = change;
  return `${nameOf(member, members)}: ${labelOf(change, members)} ${valueText(setting, from)} → ${valueText(setting, to)}`;
}

export function nameOf(id: string, members: Members): string {
  return members?.find((member) => member.id === id)?.name ?? id;
}

function labelOf({ member, setting }: SettingChange, members: Members): string {
  return settingName(setting, members?.find(({ id }) => id === member)?.spec);
}

function valueText(setting: string, value: number | null): string {
  return value === null ? 'code default' : settingValue(setting, value);
}
