import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';
import { announce } from './live-region.tsx';
import type { Tone } from './tone.ts';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: Tone;
  readonly action: { readonly label: string; readonly run: () => void } | undefined;
  readonly shownMs: number;
}

/** More than this at once nobody reads: the oldest goes. */
const limit = 3;

const toasts = signal<readonly Toast[]>([]);
let lastId = 0;

/**
 * Tells in passing that something was done, and says it to screen readers. Never the only place where a failure is told.
 *
 * @param action a way back, such as undo; keeps the toast for twice as long
 */
export function notify(
  text: string,
  { tone = 'success', action }: { tone?: Tone; action?: { readonly label: string; readonly run: () => void } } = {},
): void {
  lastId += 1;
  const toast: Toast = { id: lastId, text, tone, action, shownMs: action === undefined ? 6_000 : 12_000 };
  toasts.value = [...toasts.value, toast].slice(-limit);
  announce(text);
}

/** Where toasts appear. Put it once into the page. */
export function Toaster(): JSX.Element {
  return (
    <div class="toaster" role="region" aria-label="Notifications">
      {toasts.value.map((toast) => (
        <ToastView key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function ToastView({ toast }: { readonly toast: Toast }): JSX.Element {
  const held = useRef(false);
  const close = (): void => {
    toasts.value = toasts.value.filter(({ id }) => id !== toast.id);
  };
  useEffect(() => {
    // A toast with the pointer or the focus on it stays: nobody is robbed of the button that they are about to press.
    const timer = setInterval(() => {
      if (!held.current) close();
    }, toast.shownMs);
    return () => clearInterval(timer);
  }, [toast.id]);
  const { action } = toast;
  return (
    <div
      class={`toast tone-${toast.tone}`}
      onMouseEnter={() => (held.current = true)}
      onMouseLeave={() => (held.current = false)}
      onFocusIn={() => (held.current = true)}
      onFocusOut={() => (held.current = false)}
    >
      <Icon name={toast.tone === 'success' ? 'check' : toast.tone === 'danger' ? 'danger' : 'info'} />
      <span>{toast.text}</span>
      {action !== undefined && (
        <Button
          size="small"
          onClick={() => {
            close();
            action.run();
          }}
        >
          {action.label}
        </Button>
      )}
      <Button variant="quiet" size="small" icon="close" iconOnly onClick={close}>
        Dismiss
      </Button>
    </div>
  );
}
