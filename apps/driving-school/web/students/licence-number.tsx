import { announce, Button } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { api } from '../api.ts';
import { type Failure, failureOf } from '../failure.ts';
import { closedReason, mayWrite } from '../session.ts';

/** How long a number stays in view, in milliseconds: long enough to copy it. */
const shownMs = 60_000;

/** A licence number, masked. The office can show it; each time is in the audit log, and it hides again after a minute. */
export function LicenceNumber({
  studentId,
  masked,
}: {
  readonly studentId: string;
  readonly masked: string;
}): JSX.Element {
  const [full, setFull] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  useEffect(() => {
    if (full === undefined) return undefined;
    const timer = setTimeout(() => setFull(undefined), shownMs);
    return () => clearTimeout(timer);
  }, [full]);

  const reveal = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      const { body } = await api.revealLicenceNumber(studentId);
      setFull(body.data.licence_number ?? undefined);
      announce('The full number is shown for one minute.');
    } catch (error) {
      setFailure(failureOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="licence-number">
      <code>{full ?? masked}</code>
      {mayWrite.value && (
        <Button
          variant="quiet"
          size="small"
          icon={full === undefined ? 'eye' : 'eye-off'}
          busy={busy}
          closedReason={full === undefined ? closedReason.value : undefined}
          onClick={() => (full === undefined ? void reveal() : setFull(undefined))}
        >
          {full === undefined ? 'Show' : 'Hide'}
        </Button>
      )}
      {failure !== undefined && (
        <p class="field-problem" role="alert">
          {failure.detail}
        </p>
      )}
    </div>
  );
}
