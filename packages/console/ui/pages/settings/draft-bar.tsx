import { useState } from 'preact/hooks';
import { Banner, Button, ConfirmDialog } from '@dualbrake/kit';
import type { ConfigView, ValidationView } from '../../../src/contract.ts';
import { saveSettings } from '../../orders/config-orders.ts';
import { ask } from '../../orders/current-order.ts';
import { draft, seenRevision } from './draft-store.ts';
import { changeText, patchOf, type DraftChange } from './draft.ts';
import { estimateText } from './preview.tsx';

/** Unsaved changes, what they would have done, and what can be done with them. */
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
      ? 'Fix the marked values first.'
      : changes.length === 0
        ? 'The values you entered are already active.'
        : isOld
          ? 'Someone saved in the meantime. Review the differences first.'
          : undefined;
  const previews = validation?.previews ?? [];
  const save = (forAWhile: boolean): void => {
    const names =
      validation?.empties_windows.map((id) => config.members.find((member) => member.id === id)?.name ?? id) ?? [];
    ask(
      saveSettings(
        {
          etag: draft.value?.etag ?? '',
          lines: changes.map(changeText),
          estimates: previews.map((preview) => estimateText(preview, config.members)),
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
        <strong>{`${count} unsaved change${count === 1 ? '' : 's'}`}</strong>
        {problems > 0 && <span class="field-problem"> {problems} to fix</span>}
        {previews.map((preview) => (
          <p class="status-detail" key={preview.breaker}>
            {estimateText(preview, config.members)}
          </p>
        ))}
        {trouble !== undefined && (
          <Banner tone="warning" title="Not validated">
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
          Try temporarily…
        </Button>
        <Button variant="primary" closedReason={closed} onClick={() => save(false)}>
          Save…
        </Button>
      </div>
      {discarding && (
        <ConfirmDialog
          title={`Discard ${count} changes?`}
          confirmLabel="Discard"
          cancelLabel="Keep editing"
          danger
          onConfirm={() => (draft.value = undefined)}
          onClose={() => setDiscarding(false)}
        >
          Your unsaved values will be lost. Active settings don’t change.
        </ConfirmDialog>
      )}
    </div>
  );
}
