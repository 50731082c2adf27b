import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Button, Dialog, notify, ShortcutSwitch, singleKeyShortcuts } from '@dualbrake/kit';
import type { Live } from './live/live.ts';
import { goTo, hrefOf } from './live/router.ts';
import { pages } from './navigation.ts';
import { breakerChoices, type BreakerChoice } from './orders/breaker-choices.ts';
import { ask } from './orders/current-order.ts';

const helpIsOpen = signal(false);
/** After `g` the next key chooses a page, for this long. */
const SEQUENCE_MS = 1_500;

/** Keys that move; none of them changes anything. They do nothing while something is typed, or a dialog is open. */
export function useShortcuts(live: Live): void {
  useEffect(() => {
    let goingSince = -Infinity;
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || !singleKeyShortcuts()) return;
      if (isTyping(event.target) || document.querySelector('dialog[open]') !== null) return;
      if (performance.now() - goingSince < SEQUENCE_MS) {
        goingSince = -Infinity;
        const page = pages.find(({ key }) => key === event.key);
        if (page !== undefined) {
          event.preventDefault();
          goTo(hrefOf(page.path === '' ? [] : [page.path]));
        }
        return;
      }
      if (event.key === 'g') goingSince = performance.now();
      else if (event.key === '?') helpIsOpen.value = true;
      else if (event.key === 'j' || event.key === 'k') moveRow(event.key === 'j' ? 1 : -1, event);
      else if (isOrderKey(event.key)) openOrder(event.key, event, live);
      else if (/^[1-4]$/.test(event.key)) chooseTime(Number(event.key) - 1);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

/** Each opens the dialog of an order for the row that has the focus, or for the breaker whose page it is. */
const orderKeys = { i: 'isolated', h: 'probe', r: 'reset' } as const satisfies Record<string, BreakerChoice['key']>;

function isOrderKey(key: string): key is keyof typeof orderKeys {
  return Object.hasOwn(orderKeys, key);
}

function openOrder(key: keyof typeof orderKeys, event: KeyboardEvent, live: Live): void {
  const row = document.activeElement?.closest<HTMLElement>('[data-breaker]');
  const id = (row ?? document.querySelector<HTMLElement>('.standing[data-breaker]'))?.dataset['breaker'];
  const report = live.report.value;
  const breaker = report?.breakers.find((each) => each.id === id);
  if (breaker === undefined) return;
  const choice = breakerChoices(breaker, live.session.value, report).find((each) => each.key === orderKeys[key]);
  if (choice === undefined) return;
  event.preventDefault();
  // The focus stays where it is, so that it comes back there when the dialog closes.
  if (choice.closed === undefined) ask(choice.intent());
  else notify(`${breaker.name}: ${choice.closed}`, { tone: 'warning' });
}

function chooseTime(place: number): void {
  document.querySelectorAll<HTMLElement>('[role="radiogroup"][aria-label="Time shown"] input')[place]?.click();
}

/** To the next or the last link that names a row. */
function moveRow(by: 1 | -1, event: KeyboardEvent): void {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')];
  if (rows.length === 0) return;
  event.preventDefault();
  const current = rows.findIndex((row) => row.contains(document.activeElement) || row === document.activeElement);
  const next = current < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, current + by));
  rows[next]?.focus();
  rows[next]?.scrollIntoView({ block: 'nearest' });
}

/** Whether keys belong to what has the focus. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

const listed: readonly (readonly [keys: string, does: string])[] = [
  ['/', 'Search on this page'],
  ['j  k', 'Next or previous row; Enter opens it'],
  ['i  h  r', 'Open the dialog to isolate, half-open or reset the focused breaker'],
  ['1  2  3  4', 'Time shown on a chart'],
  ['.', 'Pause or resume the live log'],
  ['Esc', 'Close'],
  ['?', 'Show this list'],
];

/** The list of keys, and the switch that turns the single ones off. */
export function ShortcutHelp() {
  return (
    <>
      <Button variant="quiet" size="small" icon="help" onClick={() => (helpIsOpen.value = true)}>
        Keyboard
      </Button>
      {helpIsOpen.value && (
        <Dialog title="Keyboard" onClose={() => (helpIsOpen.value = false)}>
          <dl class="key-list">
            {listed.map(([keys, does]) => (
              <div key={keys}>
                <dt>
                  {keys.split('  ').map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
            {pages.map(({ key, label }) => (
              <div key={key}>
                <dt>
                  <kbd>g</kbd> <kbd>{key}</kbd>
                </dt>
                <dd>{label}</dd>
              </div>
            ))}
          </dl>
          <ShortcutSwitch label="Enable keyboard shortcuts" />
          <p class="muted">No shortcut changes anything by itself: a dialog always asks first.</p>
        </Dialog>
      )}
    </>
  );
}
