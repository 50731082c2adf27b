import { effect, signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';

/** `system` follows the device. */
export type Theme = 'system' | 'light' | 'dark';

const storageKey = 'theme';

/** The chosen appearance. Change it with `setTheme`. */
export const theme = signal<Theme>(stored());

effect(() => {
  if (theme.value === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme.value;
});

// Another tab, or the console beside the application, has switched.
addEventListener('storage', (event) => {
  if (event.key === storageKey || event.key === null) theme.value = stored();
});

/** Switches at once and remembers it on this device. */
export function setTheme(chosen: Theme): void {
  theme.value = chosen;
  try {
    if (chosen === 'system') localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, chosen);
  } catch {
    // No storage (private mode): the choice holds until the page is closed.
  }
}

function stored(): Theme {
  try {
    const value = localStorage.getItem(storageKey);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

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
