import type { JSX, Ref } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';
import { singleKeyShortcuts } from './shortcuts.tsx';

/**
 * A search box that reports every change immediately; debounce in `onInput` if needed. The `/` key focuses it, unless the
 * application uses that key for something else.
 */
export function SearchField({
  label,
  value,
  placeholder,
  onInput,
  onKeyDown,
  inputRef,
  shortcut = true,
}: {
  /** For screen readers; not shown. */
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly onInput: (text: string) => void;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  readonly inputRef?: Ref<HTMLInputElement>;
  /** Whether `/` focuses the box. Default true. */
  readonly shortcut?: boolean;
}): JSX.Element {
  const ownRef = useRef<HTMLInputElement>(null);
  // Before the page can be seen, so that the first key is not lost.
  useLayoutEffect(() => {
    if (!shortcut) return undefined;
    const focusOnSlash = (event: KeyboardEvent): void => {
      if (
        event.key !== '/' ||
        !singleKeyShortcuts() ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        isTyping(event.target)
      )
        return;
      if (document.querySelector('dialog[open]') !== null) return;
      event.preventDefault();
      ownRef.current?.focus();
      ownRef.current?.select();
    };
    document.addEventListener('keydown', focusOnSlash);
    return () => document.removeEventListener('keydown', focusOnSlash);
  }, [shortcut]);
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input
        ref={(element) => {
          ownRef.current = element;
          if (typeof inputRef === 'function') inputRef(element);
          else if (inputRef) inputRef.current = element;
        }}
        class="control"
        type="search"
        aria-label={label}
        aria-keyshortcuts={shortcut && singleKeyShortcuts() ? '/' : undefined}
        placeholder={placeholder}
        value={value}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        enterkeyhint="search"
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {value === '' ? (
        shortcut && singleKeyShortcuts() && <kbd aria-hidden="true">/</kbd>
      ) : (
        <button
          type="button"
          class="button button-quiet"
          title="Clear search"
          onClick={() => {
            onInput('');
            ownRef.current?.focus();
          }}
        >
          <Icon name="close" />
          <span class="visually-hidden">Clear search</span>
        </button>
      )}
    </div>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
