import { useState } from 'preact/hooks';
import { Banner, Button, ConfirmDialog } from '../../../kit/index.ts';
import type { ConfigView, ValidationView } from '../../../src/contract.ts';
import { saveSettings } from '../../orders/config-orders.ts';
import { ask } from '../../orders/current-order.ts';
import { draft, seenRevision } from './draft-store.ts';
import { changeText, patchOf, type DraftChange } from './draft.ts';

/** What is not saved yet, and what can be done with it. */
export function DraftBar({
  config,
  changes,
  problems,
  validation,
  trouble,
  refresh,
}: {
  readonly config: ConfigView;
  readonly changes: readonly DraftChange[];
  readonly problems: number;
  readonly validation: ValidationView | undefined;
  /** Why the server could not be asked. */
  readonly trouble: string | undefined;
  readonly refresh: () => Promise<void>;
}) {
  const [discarding, setDiscarding] = useState(false);
  const count = draft.value?.entries.length ?? 0;
  const isOld = (draft.value?.revision ?? 0) < config.revision;
  const closed =
    problems > 0
      ? 'Put right what is marked first.'
      : changes.length === 0
        ? 'What you typed is what is in force.'
        : isOld
          ? 'Somebody saved meanwhile. Look at the differences first.'
          : undefined;
  const save = (forAWhile: boolean): void => {
    const names =
      validation?.empties_windows.map((id) => config.members.find((member) => member.id === id)?.name ?? id) ?? [];
    ask(
      saveSettings(
        {
          etag: draft.value?.etag ?? '',
          lines: changes.map(changeText),
          seen: () => seenRevision.value,
          taken: () => {
            draft.value = undefined;
            void refresh();
          },
        },
        patchOf(changes),
        config.revision,
        forAWhile,
        names,
      ),
    );
  };
  return (
    <div class="draft-bar" role="region" aria-label="Draft">
      <div>
        <strong>{`${count} change${count === 1 ? '' : 's'}, not saved`}</strong>
        {problems > 0 && <span class="field-problem"> {problems} to put right</span>}
        {trouble !== undefined && (
          <Banner tone="warning" title="Not checked">
            {trouble}
          </Banner>
        )}
      </div>
      <div class="button-row">
        <Button
          variant="quiet"
          onClick={() => {
            if (count > 1) setDiscarding(true);
            else draft.value = undefined;
          }}
        >
          Discard
        </Button>
        <Button closedReason={closed} onClick={() => save(true)}>
          Save for a while…
        </Button>
        <Button variant="primary" closedReason={closed} onClick={() => save(false)}>
          Save…
        </Button>
      </div>
      {discarding && (
        <ConfirmDialog
          title={`Discard ${count} changes?`}
          confirmLabel="Discard them"
          cancelLabel="Keep them"
          danger
          onConfirm={() => (draft.value = undefined)}
          onClose={() => setDiscarding(false)}
        >
          What you typed is lost. Nothing that is in force changes.
        </ConfirmDialog>
      )}
    </div>
  );
}
