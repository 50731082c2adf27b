import { effect } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';
import { storedChoice } from './stored-choice.ts';

/** `system` follows the device. */
type Theme = 'system' | 'light' | 'dark';

const stored = storedChoice<Theme>('theme', ['system', 'light', 'dark']);

/** The appearance that the user has chosen on this device. */
export const theme = stored.value;

effect(() => {
  if (theme.value === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme.value;
});

const choices: readonly { readonly theme: Theme; readonly label: string; readonly icon: IconName }[] = [
  { theme: 'system', label: 'Same as this device', icon: 'monitor' },
  { theme: 'light', label: 'Light', icon: 'sun' },
  { theme: 'dark', label: 'Dark', icon: 'moon' },
];

/** Chooses the appearance: the device's setting, light or dark. */
export function ThemeSwitch(): JSX.Element {
  const name = useId();
  return (
    <div class="segments theme-switch" role="radiogroup" aria-label="Appearance">
      {choices.map((choice) => (
        <label key={choice.theme} title={choice.label}>
          <input
            type="radio"
            name={name}
            checked={theme.value === choice.theme}
            onChange={() => stored.choose(choice.theme)}
          />
          <Icon name={choice.icon} />
          <span class="visually-hidden">{choice.label}</span>
        </label>
      ))}
    </div>
  );
}
