import type { JSX } from 'preact';
import { CheckboxField } from './field.tsx';
import { storedChoice } from './stored-choice.ts';

const { value, choose } = storedChoice('single-key-shortcuts', ['on', 'off']);

/** Whether single keys such as `/` do something. Who dictates text or has a tremor can turn them off (WCAG 2.1.4). */
export function singleKeyShortcuts(): boolean {
  return value.value === 'on';
}

/** Turns the single keys of these pages off and on. */
export function ShortcutSwitch({ label }: { readonly label: string }): JSX.Element {
  return (
    <div class="shortcut-switch">
      <CheckboxField label={label} checked={singleKeyShortcuts()} onChange={(on) => choose(on ? 'on' : 'off')} />
    </div>
  );
}
