import { Banner, Button } from '../../../kit/index.ts';
import type { ConfigView } from '../../../src/contract.ts';
import { draft } from './draft-store.ts';
import { conflictsOf, rebased } from './draft.ts';

/** Somebody has saved while there was a draft: both are shown, and nothing is lost or overwritten unseen. */
export function ConflictPanel({ config }: { readonly config: ConfigView }) {
  const mine = draft.value;
  if (mine === undefined || config.revision <= mine.revision) return null;
  const conflicts = conflictsOf(mine, config);
  if (conflicts.length === 0) {
    return (
      <Banner
        tone="info"
        title={`Revision ${config.revision} was saved meanwhile`}
        actions={<Button onClick={() => (draft.value = rebased(mine, config))}>Go on with my draft</Button>}
      >
        By {config.author_name}: {config.reason}. It changes nothing that is in your draft.
      </Banner>
    );
  }
  return (
    <Banner
      tone="warning"
      title={`Somebody saved meanwhile: revision ${config.revision} by ${config.author_name ?? 'nobody known'}`}
    >
      <table class="table conflict-table">
        <caption class="visually-hidden">What differs: where you began, what was saved, what you typed</caption>
        <thead>
          <tr>
            <th scope="col">Setting</th>
            <th scope="col" class="align-end">
              You began at
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
              <td class="align-end numbers">{entry.text ?? 'as the code'}</td>
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
          Take what was saved
        </Button>
        <Button onClick={() => (draft.value = rebased(mine, config))}>Keep mine on top</Button>
      </div>
    </Banner>
  );
}
