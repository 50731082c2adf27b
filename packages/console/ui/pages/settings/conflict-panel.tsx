import { Banner, Button } from '@dualbrake/kit';
import type { ConfigView } from '../../../src/contract.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { draft } from './draft-store.ts';
import { conflictsOf, rebased } from './draft.ts';

/** Someone saved while there was a draft: shows both, so that nothing is lost or silently overwritten. */
export function ConflictPanel({ config }: Readonly<{ config: ConfigView }>) {
  const mine = draft.value;
  if (mine === undefined || config.revision <= mine.revision) return null;
  const conflicts = conflictsOf(mine, config);
  const { revision, author_name: author, reason } = config;
  const keepMine = (): void => {
    draft.value = rebased(mine, config);
  };
  const useSaved = (): void => {
    const taken = conflicts.map(({ entry }) => entry);
    const next = rebased(mine, config, taken);
    draft.value = next.entries.length === 0 ? undefined : next;
  };
  if (conflicts.length === 0) {
    return (
      <Banner
        tone="info"
        title={`Revision ${revision} was saved in the meantime`}
        actions={<Button onClick={keepMine}>Continue with my draft</Button>}
      >
        By {author}: {reason}. It doesn’t change any setting in your draft.
      </Banner>
    );
  }
  return (
    <Banner tone="warning" title={`Revision ${revision} was saved in the meantime by ${author ?? 'someone else'}`}>
      <DataTable
        caption="Differences: the value you started from, the saved value, and yours"
        rows={conflicts}
        rowKey={({ name }) => name}
        columns={(col) => [
          col.of('Setting', ({ name }) => name),
          col.number('Started from', ({ entry }) => entry.base),
          col.number('Saved', ({ theirs }) => theirs),
          col.number('Yours', ({ entry }) => entry.text ?? 'code default'),
        ]}
      />
      <div class="button-row">
        <Button onClick={useSaved}>Use the saved values</Button>
        <Button onClick={keepMine}>Keep my values</Button>
      </div>
    </Banner>
  );
}
