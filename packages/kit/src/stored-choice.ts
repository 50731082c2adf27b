import { type Signal, signal } from '@preact/signals';

/**
 * A choice that is kept on this device and shared by all tabs of this site. Without storage (private mode) it holds
 * until the page is closed.
 *
 * @param key in the local storage
 * @param choices all of them; the first is the one that holds while nothing was chosen, and is not stored
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
  // Another tab, or the console beside the application, has switched.
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
        // See above: it holds for this page.
      }
    },
  };
}
