import { Icon, singleKeyShortcuts } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { SearchDialog } from './search-dialog.tsx';
import { isSearchOpen, openSearch } from './search-state.ts';
import './search.css';

/** The search over everything: opened by `/` on every page, and by Ctrl+K also in fields. */
export function GlobalSearch(): JSX.Element | null {
  // Before the page can be seen: a key that is pressed as soon as it appears must not be lost.
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (!opensSearch(event) || document.querySelector('dialog[open]') !== null) return;
      event.preventDefault();
      // A search field of the page listens for the same key.
      event.stopImmediatePropagation();
      openSearch();
    };
    addEventListener('keydown', onKeyDown, { capture: true });
    return () => removeEventListener('keydown', onKeyDown, { capture: true });
  }, []);
  return isSearchOpen.value ? <SearchDialog /> : null;
}

/** Opens the search, for those who use a mouse or touch. */
export function SearchButton(): JSX.Element {
  const hasKey = singleKeyShortcuts();
  return (
    <button
      type="button"
      class="search-button"
      title="Search"
      aria-haspopup="dialog"
      aria-keyshortcuts={hasKey ? '/ Control+K' : 'Control+K'}
      onClick={openSearch}
    >
      <Icon name="search" />
      <span>Search</span>
      {hasKey && <kbd aria-hidden="true">/</kbd>}
    </button>
  );
}

function opensSearch(event: KeyboardEvent): boolean {
  if (event.altKey || event.shiftKey || event.isComposing) return event.key === '/' && isPlainSlash(event);
  if (event.ctrlKey || event.metaKey) return event.key.toLowerCase() === 'k';
  return event.key === '/' && isPlainSlash(event);
}

/** On some keyboards, `/` needs Shift. */
function isPlainSlash({ ctrlKey, metaKey, altKey, isComposing, target }: KeyboardEvent): boolean {
  return singleKeyShortcuts() && !ctrlKey && !metaKey && !altKey && !isComposing && !isTyping(target);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
