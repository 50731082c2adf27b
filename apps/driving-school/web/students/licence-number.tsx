import { announce, Button } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { api } from '../api.ts';
import { failureOf } from '../failure.ts';
import { useSubmit } from '../platform/use-submit.ts';
import { mayWrite } from '../session.ts';

/** How long the full number is shown, in milliseconds. */
const shownMs = 60_000;

/** A masked licence number, which users with permission can reveal for a minute. */
export function LicenceNumber({
  studentId,
  masked,
}: {
  readonly studentId: string;
  readonly masked: string;
}): JSX.Element {
  const [full, setFull] = useState<string | undefined>(undefined);
  useEffect(() => {
    if (full === undefined) return undefined;
    const timer = setTimeout(() => setFull(undefined), shownMs);
    return () => clearTimeout(timer);
  }, [full]);
  const reveal = useSubmit({
    async send() {
      const { data } = await api.revealLicenceNumber(studentId);
      setFull(data.licence_number ?? undefined);
      announce('The full number is shown for one minute.');
    },
    explain: (error) => ({ failure: failureOf(error) }),
  });

  return (
    <div class="licence-number">
      <code>{full ?? masked}</code>
      {mayWrite.value && (
        <Button
          variant="quiet"
          size="small"
          icon={full === undefined ? 'eye' : 'eye-off'}
          busy={reveal.busy}
          disabledReason={full === undefined ? reveal.disabledReason : undefined}
          onClick={() => (full === undefined ? void reveal.submit() : setFull(undefined))}
        >
          {full === undefined ? 'Show' : 'Hide'}
        </Button>
      )}
      {reveal.failure !== undefined && (
        <p class="field-problem" role="alert">
          {reveal.failure.detail}
        </p>
      )}
    </div>
  );
}
