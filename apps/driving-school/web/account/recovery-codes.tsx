import { announce, Banner, Button } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

/** Shows new recovery codes, to copy, download or print. */
export function RecoveryCodes({
  codes,
  account,
}: {
  readonly codes: readonly string[];
  readonly account: string;
}): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(codes.join('\n'));
      setCopied(true);
      announce('Copied');
    } catch {
      // The clipboard is not available over plain HTTP.
      setCopied(false);
      announce('Copying isn’t possible here. Download or print the codes.');
    }
  };
  return (
    <section class="recovery-codes stack" aria-label="Recovery codes">
      <Banner tone="warning" title="Save these codes now: they are shown only once">
        <p>
          Each code lets you sign in once without your phone. Keep them with other important papers, not on the phone.
        </p>
      </Banner>
      <ol class="recovery-code-list">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <div class="button-row">
        <Button icon="download" onClick={() => download(codes, account)}>
          Download
        </Button>
        <Button onClick={() => print()}>Print</Button>
        <Button icon={copied ? 'check' : 'copy'} onClick={() => void copy()}>
          {copied ? 'Copied' : 'Copy'}
        </Button>
      </div>
    </section>
  );
}

function download(codes: readonly string[], account: string): void {
  const text = [
    `Recovery codes for ${account} at ${location.host}`,
    'Each code works once. Creating new codes makes these invalid.',
    '',
    ...codes,
    '',
  ].join('\n');
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'driving-school-recovery-codes.txt';
  link.click();
  URL.revokeObjectURL(url);
}
