import { ConfirmDialog } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { FailureBanner } from './submit-form.tsx';
import { useSubmit } from './use-submit.ts';

/** A dialog that confirms and runs an action, and shows its failure. */
export function ConfirmAction({
  title,
  confirmLabel,
  text,
  danger = false,
  action,
  onClose,
}: {
  readonly title: string;
  readonly confirmLabel: string;
  readonly text: string;
  readonly danger?: boolean;
  readonly action: () => Promise<void>;
  readonly onClose: () => void;
}): JSX.Element {
  const submission = useSubmit({ send: action });
  return (
    <ConfirmDialog
      title={title}
      confirmLabel={confirmLabel}
      danger={danger}
      busy={submission.busy}
      disabledReason={submission.disabledReason}
      onConfirm={() => void submission.submit()}
      onClose={onClose}
    >
      <p>{text}</p>
      <FailureBanner failure={submission.failure} />
    </ConfirmDialog>
  );
}
