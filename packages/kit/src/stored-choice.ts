import { type Signal, signal } from '@preact/signals';

/**
 * A setting of this device, stored in the browser and shared by all tabs of the site. Where storage is unavailable, it
 * lasts until the page is closed.
 *
 * @param key key in `localStorage`
 * @param choices every possible value; the first is the default and is not stored
 */
export function storedChoice<Choice extends string>(
  key: string,
  choices: readonly [Choice, ...Choice[]],
): { readonly value: Signal<Choice>; readonly choose: (choice: Choice) => void } {
  const read = (): Choice => {
    try {
      const stored = localStorage.getItem(key);
      return choices.find((choice) => choice === stored) ?? choices[0];
    } catch {
      return choices[0];
    }
  };
  const value = signal(read());
  // Follows a change made in another tab.
  addEventListener('storage', (event) => {
    if (event.key === key || event.key === null) value.value = read();
  });
  return {
    value,
    choose(choice) {
      value.value = choice;
      try {
        if (choice === choices[0]) localStorage.removeItem(key);
        else localStorage.setItem(key, choice);
      } catch {
        // No storage: the choice lasts until the page is closed.
      }
    },
  };
}
