import { Banner, Button } from '@dualbrake/kit';
import type { ConfigView } from '../../../src/contract.ts';
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
      <table class="table conflict-table">
        <caption class="visually-hidden">Differences: the value you started from, the saved value, and yours</caption>
        <thead>
          <tr>
            <th scope="col">Setting</th>
            {['Started from', 'Saved', 'Yours'].map((header) => (
              <th key={header} scope="col" class="align-end">
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {conflicts.map(({ entry, name, theirs }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="align-end numbers">{entry.base}</td>
              <td class="align-end numbers">{theirs}</td>
              <td class="align-end numbers">{entry.text ?? 'code default'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="button-row">
        <Button onClick={useSaved}>Use the saved values</Button>
        <Button onClick={keepMine}>Keep my values</Button>
      </div>
    </Banner>
  );
}
