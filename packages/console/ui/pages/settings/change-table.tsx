import { Table } from '../../../kit/index.ts';
import type { SettingChange } from '../../../src/contract.ts';
import { settingName } from '../../words/setting-words.ts';

/** What differs between two revisions. */
export function ChangeTable({
  changes,
  nameOf,
}: {
  readonly changes: readonly SettingChange[];
  readonly nameOf: (id: string) => string;
}) {
  if (changes.length === 0) return <p class="muted card-body">They say the same.</p>;
  return (
    <Table
      caption="Settings that differ"
      rows={changes}
      rowKey={({ pointer }) => pointer}
      columns={[
        { key: 'member', header: 'Of', cell: ({ member }) => <span class="row-link">{nameOf(member)}</span> },
        { key: 'setting', header: 'Setting', cell: ({ setting }) => settingName(setting) },
        {
          key: 'from',
          header: 'From',
          align: 'end',
          cell: ({ from }) => <span class="numbers">{from ?? 'as the code'}</span>,
        },
        { key: 'to', header: 'To', align: 'end', cell: ({ to }) => <span class="numbers">{to ?? 'as the code'}</span> },
      ]}
    />
  );
}

/** `database: Failures in a row to open 5 → 8`. */
export function changeLine({ member, setting, from, to }: SettingChange, nameOf: (id: string) => string): string {
  return `${nameOf(member)}: ${settingName(setting)} ${from ?? 'as the code'} → ${to ?? 'as the code'}`;
}
