import type { JSX } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import { Button } from './button.tsx';
import { announce } from './live-region.tsx';

/** A text with a button that copies it. Where the clipboard is not available (plain HTTP), the button selects the text. */
export function CopyField({
  label,
  text,
}: {
  readonly label: string;
  /** The text to copy, shown read-only. */
  readonly text: string;
}): JSX.Element {
  const id = useId();
  const inputRef = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState<'no' | 'copied' | 'selected'>('no');
  const copy = async (): Promise<void> => {
    inputRef.current?.select();
    try {
      await navigator.clipboard.writeText(text);
      setCopied('copied');
      announce('Copied');
    } catch {
      setCopied('selected');
      announce('Selected. Copy it with Ctrl+C.');
    }
  };
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      <div class="copy-field">
        <input
          id={id}
          ref={inputRef}
          class="control"
          readOnly
          value={text}
          onFocus={(event) => event.currentTarget.select()}
        />
        <Button icon={copied === 'copied' ? 'check' : 'copy'} onClick={() => void copy()}>
          {copied === 'no' ? 'Copy' : copied === 'copied' ? 'Copied' : 'Press Ctrl+C'}
        </Button>
      </div>
    </div>
  );
}
