import { Banner, ConfirmDialog } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Failure, saveFailureOf } from './failure.ts';
import { closedReason } from './session.ts';

/** Asks, acts, and says in place when it did not work. */
export function ConfirmAct({
  title,
  confirmLabel,
  text,
  danger = false,
  act,
  onClose,
}: {
  readonly title: string;
  readonly confirmLabel: string;
  readonly text: string;
  readonly danger?: boolean;
  readonly act: () => Promise<void>;
  readonly onClose: () => void;
}): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      await act();
    } catch (error) {
      setFailure(saveFailureOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <ConfirmDialog
      title={title}
      confirmLabel={confirmLabel}
      danger={danger}
      busy={busy}
      closedReason={closedReason.value}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{text}</p>
      {failure !== undefined && (
        <Banner tone="danger" role="alert" title={failure.title}>
          <p>{failure.detail}</p>
        </Banner>
      )}
    </ConfirmDialog>
  );
}
