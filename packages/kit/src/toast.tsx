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

/** Toasts shown at once. A further one replaces the oldest. */
const toastsMax = 3;

const toasts = signal<readonly Toast[]>([]);
let lastId = 0;

/**
 * Shows a toast and announces it to screen readers. Toasts disappear, so a failure must also be shown elsewhere.
 *
 * @param tone default: `success`
 * @param action a button such as Undo; the toast then stays for 12 s instead of 6 s
 */
export function notify(
  text: string,
  { tone = 'success', action }: { tone?: Tone; action?: { readonly label: string; readonly run: () => void } } = {},
): void {
  lastId += 1;
  const toast: Toast = { id: lastId, text, tone, action, shownMs: action === undefined ? 6_000 : 12_000 };
  toasts.value = [...toasts.value, toast].slice(-toastsMax);
  announce(text);
}

/** The region where toasts appear. Part of `AppShell`. */
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
    // Stays while it has the pointer or the focus, so that its button does not disappear before it is pressed.
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
