import { Table } from '@dualbrake/kit';
import type { ConfigView, SettingChange } from '../../../src/contract.ts';
import { settingName, settingValue } from '../../words/setting-words.ts';

/** Members that a page knows of; while they are on their way, ids stand for names. */
type Members = ConfigView['members'] | undefined;

/** What differs between two revisions. */
export function ChangeTable({
  changes,
  members,
}: {
  readonly changes: readonly SettingChange[];
  readonly members: Members;
}) {
  if (changes.length === 0) return <p class="muted card-body">No differences.</p>;
  return (
    <Table
      caption="Settings that differ"
      rows={changes}
      rowKey={({ pointer }) => pointer}
      columns={[
        {
          key: 'member',
          header: 'Name',
          cell: ({ member }) => <span class="row-link">{nameOf(member, members)}</span>,
        },
        { key: 'setting', header: 'Setting', cell: (change) => labelOf(change, members) },
        {
          key: 'from',
          header: 'From',
          align: 'end',
          cell: ({ setting, from }) => <span class="numbers">{valueText(setting, from)}</span>,
        },
        {
          key: 'to',
          header: 'To',
          align: 'end',
          cell: ({ setting, to }) => <span class="numbers">{valueText(setting, to)}</span>,
        },
      ]}
    />
  );
}

/** `database: Consecutive failures to open 5 → 8`. */
export function changeLine(change: SettingChange, members: Members): string {
  const { member, setting, from, to } = change;
  return `${nameOf(member, members)}: ${labelOf(change, members)} ${valueText(setting, from)} → ${valueText(setting, to)}`;
}

function nameOf(id: string, members: Members): string {
  return members?.find((member) => member.id === id)?.name ?? id;
}

function labelOf({ member, setting }: SettingChange, members: Members): string {
  return settingName(setting, members?.find(({ id }) => id === member)?.spec);
}

function valueText(setting: string, value: number | null): string {
  return value === null ? 'code default' : settingValue(setting, value);
}
