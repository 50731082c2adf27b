import { effect } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';
import { storedChoice } from './stored-choice.ts';

/** `system` follows the device. */
export type Theme = 'system' | 'light' | 'dark';

const stored = storedChoice<Theme>('theme', ['system', 'light', 'dark']);

/** The chosen appearance. Change it with `setTheme`. */
export const theme = stored.value;

/** Switches at once and remembers it on this device. */
export const setTheme = stored.choose;

effect(() => {
  if (theme.value === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme.value;
});

const choices: readonly { readonly theme: Theme; readonly label: string; readonly icon: IconName }[] = [
  { theme: 'system', label: 'As on this device', icon: 'monitor' },
  { theme: 'light', label: 'Light', icon: 'sun' },
  { theme: 'dark', label: 'Dark', icon: 'moon' },
];

/** Three small choices side by side: as the device, light, dark. */
export function ThemeSwitch(): JSX.Element {
  const name = useId();
  return (
    <div class="segments segments-small" role="radiogroup" aria-label="Appearance">
      {choices.map((choice) => (
        <label key={choice.theme} title={choice.label}>
          <input
            type="radio"
            name={name}
            checked={theme.value === choice.theme}
            onChange={() => setTheme(choice.theme)}
          />
          <Icon name={choice.icon} />
          <span class="visually-hidden">{choice.label}</span>
        </label>
      ))}
    </div>
  );
}
