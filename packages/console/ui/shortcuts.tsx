import { signal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';
import { Button, Dialog, notify, ShortcutSwitch, singleKeyShortcuts } from '@dualbrake/kit';
import { openAction } from './actions/action.ts';
import { breakerChoices, type BreakerActionName } from './actions/breaker-actions.ts';
import type { Live } from './live/live.ts';
import { goTo, hrefOf } from './live/router.ts';
import { pages } from './pages.ts';

const helpIsOpen = signal(false);
/** How long after `g` the next key still opens a page. */
const SEQUENCE_MS = 1_500;

/** Opens the dialog of an action for the focused row, or for the breaker whose page is open. */
const actionKeys: Readonly<Record<string, BreakerActionName>> = { i: 'isolate', h: 'probe', r: 'reset' };

/** The key that was pressed, unless it is typed into a field, has a modifier, a dialog is open or shortcuts are off. */
export function shortcutKey({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent): string | undefined {
  const isTyping =
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
  if (isTyping || ctrlKey || metaKey || altKey || !singleKeyShortcuts()) return undefined;
  return document.querySelector('dialog[open]') === null ? key : undefined;
}

/** Keyboard shortcuts of all pages. None of them changes anything without a dialog. */
export function useShortcuts(live: Live): void {
  // Before the page can be seen, so that the first key is not lost.
  useLayoutEffect(() => {
    let startedAtMs = -Infinity;
    const onKey = (event: KeyboardEvent): void => {
      const key = shortcutKey(event);
      if (key === undefined) return;
      if (performance.now() - startedAtMs < SEQUENCE_MS) {
        startedAtMs = -Infinity;
        const page = pages.find((each) => each.key === key);
        if (page === undefined) return;
        event.preventDefault();
        goTo(hrefOf(page.path === '' ? [] : [page.path]));
        return;
      }
      const action = actionKeys[key];
      if (key === 'g') startedAtMs = performance.now();
      else if (key === '?') helpIsOpen.value = true;
      else if (key === 'j' || key === 'k') focusRow(key === 'j' ? 1 : -1, event);
      else if (action !== undefined) openBreakerAction(action, event, live);
      else if (/^[1-4]$/.test(key)) chooseRange(Number(key) - 1);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function openBreakerAction(name: BreakerActionName, event: KeyboardEvent, live: Live): void {
  const row = document.activeElement?.closest<HTMLElement>('[data-breaker]');
  const id = (row ?? document.querySelector<HTMLElement>('.standing[data-breaker]'))?.dataset['breaker'];
  const report = live.report.value;
  const breaker = report?.breakers.find((each) => each.id === id);
  if (breaker === undefined) return;
  const choice = breakerChoices(breaker, live.session.value, report).find((each) => each.name === name);
  if (choice === undefined) return;
  event.preventDefault();
  // The focus is left where it is, so that it returns there when the dialog closes.
  if (choice.closed === undefined) openAction(choice.open());
  else notify(`${breaker.name}: ${choice.closed}`, { tone: 'warning' });
}

function chooseRange(index: number): void {
  document.querySelectorAll<HTMLElement>('[role="radiogroup"][aria-label="Time range"] input')[index]?.click();
}

/** Moves the focus to the link of the next or previous row. */
function focusRow(by: 1 | -1, event: KeyboardEvent): void {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')];
  if (rows.length === 0) return;
  event.preventDefault();
  const current = rows.findIndex((row) => row.contains(document.activeElement));
  const next = current < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, current + by));
  rows[next]?.focus();
  rows[next]?.scrollIntoView({ block: 'nearest' });
}

const keyList: readonly (readonly [keys: readonly string[], effect: string])[] = [
  [['/'], 'Search on this page'],
  [['j', 'k'], 'Next or previous row; Enter opens it'],
  [['i', 'h', 'r'], 'Open the dialog to isolate, half-open or reset the focused breaker'],
  [['1', '2', '3', '4'], 'Time range of a chart'],
  [['.'], 'Pause or resume the live log'],
  [['Esc'], 'Close'],
  [['?'], 'Show this list'],
  ...pages.map(({ key, label }) => [['g', key], label] as const),
];

/** The list of shortcuts, and the switch that turns single-key shortcuts off. */
export function ShortcutHelp() {
  return (
    <>
      <Button variant="quiet" size="small" icon="help" onClick={() => (helpIsOpen.value = true)}>
        Keyboard
      </Button>
      {helpIsOpen.value && (
        <Dialog title="Keyboard shortcuts" onClose={() => (helpIsOpen.value = false)}>
          <dl class="key-list">
            {keyList.map(([keys, effect]) => (
              <div key={effect}>
                <dt>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{effect}</dd>
              </div>
            ))}
          </dl>
          <ShortcutSwitch label="Enable keyboard shortcuts" />
          <p class="muted">A shortcut never changes anything without asking you first.</p>
        </Dialog>
      )}
    </>
  );
}
