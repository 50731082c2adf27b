import { useState } from 'preact/hooks';
import { Banner, Button, ConfirmDialog } from '@dualbrake/kit';
import type { ConfigView, SettingChange, ValidationView } from '../../../src/contract.ts';
import { openAction } from '../../actions/action.ts';
import { estimatesOf, saveSettings } from '../../actions/settings-actions.ts';
import { countText } from '../../words/words.ts';
import { draft } from './draft-store.ts';

interface DraftBarProps {
  readonly config: ConfigView;
  readonly changes: readonly SettingChange[];
  /** Number of invalid values. */
  readonly problems: number;
  readonly validation: ValidationView | undefined;
  /** Why the draft couldn't be validated. */
  readonly failure: string | undefined;
  readonly refresh: () => Promise<void>;
}

/** Unsaved changes, their estimated effect, and the buttons to save or discard them. */
export function DraftBar({ config, changes, problems, validation, failure, refresh }: DraftBarProps) {
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
  const onAccepted = (): void => {
    discard();
    void refresh();
  };
  const save = (temporary: boolean): void =>
    openAction(saveSettings({ config, changes, onAccepted }, temporary, validation));
  return (
    <div class="draft-bar row spread" role="region" aria-label="Draft">
      <div>
        <strong>{countText(count, 'unsaved change')}</strong>
        {problems > 0 && <span class="field-problem"> {problems} to fix</span>}
        {estimatesOf(validation, config.members).map((estimate) => (
          <p class="status-detail" key={estimate}>
            {estimate}
          </p>
        ))}
        {failure !== undefined && (
          <Banner tone="warning" title="Not validated">
            {failure}
          </Banner>
        )}
      </div>
      <div class="button-row">
        <Button variant="quiet" onClick={() => (count > 1 ? setDiscarding(true) : discard())}>
          Discard
        </Button>
        <Button disabledReason={closed} onClick={() => save(true)}>
          Try temporarily…
        </Button>
        <Button variant="primary" disabledReason={closed} onClick={() => save(false)}>
          Save…
        </Button>
      </div>
      {discarding && (
        <ConfirmDialog
          title={`Discard ${count} changes?`}
          confirmLabel="Discard"
          cancelLabel="Keep editing"
          danger
          onConfirm={discard}
          onClose={() => setDiscarding(false)}
        >
          Your unsaved values will be lost. Active settings don’t change.
        </ConfirmDialog>
      )}
    </div>
  );
}

function discard(): void {
  draft.value = undefined;
}
