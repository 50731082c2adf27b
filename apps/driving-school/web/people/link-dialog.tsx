import { Button, CopyField, Dialog, RelativeTime } from '@dualbrake/kit';
import type { JSX } from 'preact';
import type { OneTimeLink } from '../contract-types.ts';

/** Shows a one-time link to pass on. It can't be shown again. */
export function LinkDialog({
  invited: { data: person, link },
  onClose,
}: {
  readonly invited: { readonly data: { readonly name: string }; readonly link: OneTimeLink };
  readonly onClose: () => void;
}): JSX.Element {
  return (
    <Dialog
      wide
      title={`Give this link to ${person.name}`}
      onClose={onClose}
      footer={
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <p>
        The link is shown only once. It works once and expires <RelativeTime instant={link.expires_at} form="both" />.
        Anyone with the link can choose the password, so don’t give it to anyone else.
      </p>
      <CopyField label="One-time link" text={link.url} />
    </Dialog>
  );
}
