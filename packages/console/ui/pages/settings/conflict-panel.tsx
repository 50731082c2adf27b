import { Banner, Button } from '@dualbrake/kit';
import type { ConfigView } from '../../../src/contract.ts';
import { draft } from './draft-store.ts';
import { conflictsOf, rebased } from './draft.ts';

/** Someone saved while there was a draft: both are shown, and nothing is lost or silently overwritten. */
export function ConflictPanel({ config }: { readonly config: ConfigView }) {
  const mine = draft.value;
  if (mine === undefined || config.revision <= mine.revision) return null;
  const conflicts = conflictsOf(mine, config);
  if (conflicts.length === 0) {
    return (
      <Banner
        tone="info"
        title={`Revision ${config.revision} was saved in the meantime`}
        actions={<Button onClick={() => (draft.value = rebased(mine, config))}>Continue with my draft</Button>}
      >
        By {config.author_name}: {config.reason}. It doesn’t touch any setting in your draft.
      </Banner>
    );
  }
  return (
    <Banner
      tone="warning"
      title={`Revision ${config.revision} was saved in the meantime by ${config.author_name ?? 'someone else'}`}
    >
      <table class="table conflict-table">
        <caption class="visually-hidden">Differences: the value you started from, the saved value, and yours</caption>
        <thead>
          <tr>
            <th scope="col">Setting</th>
            <th scope="col" class="align-end">
              Started from
            </th>
            <th scope="col" class="align-end">
              Saved
            </th>
            <th scope="col" class="align-end">
              Yours
            </th>
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
        <Button
          onClick={() => {
            const next = rebased(
              mine,
              config,
              conflicts.map(({ entry }) => entry),
            );
            draft.value = next.entries.length === 0 ? undefined : next;
          }}
        >
          Use the saved values
        </Button>
        <Button onClick={() => (draft.value = rebased(mine, config))}>Keep my values</Button>
      </div>
    </Banner>
  );
}
