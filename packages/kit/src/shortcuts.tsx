import type { JSX } from 'preact';
import { CheckboxField } from './field.tsx';
import { storedChoice } from './stored-choice.ts';

const { value, choose } = storedChoice('single-key-shortcuts', ['on', 'off']);

/**
 * Whether single-key shortcuts such as `/` are enabled on this device. They can be turned off, because speech input and
 * tremor trigger them by accident (WCAG 2.1.4).
 */
export function singleKeyShortcuts(): boolean {
  return value.value === 'on';
}

/** A checkbox that enables single-key shortcuts. Hidden on touch devices. */
export function ShortcutSwitch({ label }: { readonly label: string }): JSX.Element {
  return (
    <div class="shortcut-switch">
      <CheckboxField label={label} checked={singleKeyShortcuts()} onChange={(on) => choose(on ? 'on' : 'off')} />
    </div>
  );
}
