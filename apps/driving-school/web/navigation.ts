import { computed, signal } from '@preact/signals';

interface Address {
  readonly path: string;
  readonly search: string;
}

interface HistoryState {
  readonly position: number;
}

const address = signal<Address>(readAddress());

/** The path of the page to show. */
export const currentPath = computed(() => address.value.path);
/** Path and query. */
export const currentAddress = computed(() => `${address.value.path}${address.value.search}`);
/** The query. */
export const search = computed(() => new URLSearchParams(address.value.search));

/** Increases with each navigation, including one to the current address. */
export const navigationCount = signal(0);

/** Whether leaving would lose unsaved changes. */
const guarded = signal(false);
/** A navigation that waits for the user's decision about unsaved changes. */
export const pendingNavigation = signal<{ readonly proceed: () => void } | undefined>(undefined);

/** Position of the current entry in the browser's history. */
let position = 0;
/** Scroll offsets by position in the history. */
const scrollOffsets = new Map<number, number>();

/** Shows another page. Asks first when that would lose unsaved changes. */
export function navigate(path: string, { replace = false }: { replace?: boolean } = {}): void {
  if (guarded.value) {
    pendingNavigation.value = { proceed: () => navigate(path, { replace }) };
    return;
  }
  const target = new URL(path, location.href);
  if (!isPagePath(target.pathname)) {
    location.assign(path);
    return;
  }
  scrollOffsets.set(position, scrollY);
  if (!replace) position += 1;
  history[replace ? 'replaceState' : 'pushState']({ position } satisfies HistoryState, '', path);
  address.value = readAddress();
  navigationCount.value += 1;
  if (replace) return;
  // Belongs to an entry that this one has replaced.
  scrollOffsets.delete(position);
  afterPaint(() => scrollTo(0, 0));
}

/** Changes the address of the current page, such as its search, without loading anything or moving the focus. */
export function rewriteAddress(path: string): void {
  history.replaceState(history.state, '', path);
}

/** The query in the address bar, which `rewriteAddress` may have changed. */
export function currentSearch(): URLSearchParams {
  return new URLSearchParams(location.search);
}

/** Restores the scroll offset of this history entry. Call it when the page shows its data after a reload. */
export function restoreScroll(): void {
  const offset = scrollOffsets.get(position);
  if (offset !== undefined && scrollY === 0) afterPaint(() => scrollTo(0, offset));
}

/**
 * Makes the page ask the user before they leave it.
 *
 * @returns a function that stops this
 */
export function guardLeaving(): () => void {
  guarded.value = true;
  addEventListener('beforeunload', stopUnload);
  return () => {
    guarded.value = false;
    removeEventListener('beforeunload', stopUnload);
  };
}

function stopUnload(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** Whether leaving the page would lose unsaved changes. */
export function hasUnsavedChanges(): boolean {
  return guarded.value;
}

/** Settles `pendingNavigation`: discards the unsaved changes, or stays on the page. */
export function settleNavigation({ discard }: { readonly discard: boolean }): void {
  const pending = pendingNavigation.value;
  pendingNavigation.value = undefined;
  if (!discard || pending === undefined) return;
  guarded.value = false;
  pending.proceed();
}

/** Makes links and the browser's buttons change pages without reloading the document. Call once. */
export function startNavigation(): void {
  history.scrollRestoration = 'manual';
  position = readPosition() ?? 0;
  history.replaceState({ position } satisfies HistoryState, '');
  loadScrollOffsets();
  addEventListener('pagehide', () => {
    scrollOffsets.set(position, scrollY);
    sessionStorage.setItem(scrollOffsetsKey, JSON.stringify([...scrollOffsets].slice(-scrollOffsetsMax)));
  });

  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.target !== '' || link.hasAttribute('download')) return;
    if (link.origin !== location.origin || !isPagePath(link.pathname)) return;
    event.preventDefault();
    navigate(`${link.pathname}${link.search}${link.hash}`);
  });

  addEventListener('popstate', () => {
    const target = readPosition() ?? 0;
    const steps = target - position;
    if (guarded.value && steps !== 0) {
      // The browser has already left: return to the form and ask there.
      history.go(-steps);
      pendingNavigation.value = { proceed: () => history.go(steps) };
      return;
    }
    if (pendingNavigation.value !== undefined) return;
    scrollOffsets.set(position, scrollY);
    position = target;
    address.value = readAddress();
    navigationCount.value += 1;
    afterPaint(() => scrollTo(0, scrollOffsets.get(position) ?? 0));
  });
}

/** Key of the scroll offsets in session storage. */
const scrollOffsetsKey = 'scrolled-to';
/** Maximum number of stored offsets. */
const scrollOffsetsMax = 50;

/** Reads the offsets stored before a reload. Ignores invalid ones. */
function loadScrollOffsets(): void {
  const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  if (entry?.type !== 'reload' && entry?.type !== 'back_forward') return;
  const stored: unknown = JSON.parse(sessionStorage.getItem(scrollOffsetsKey) ?? '[]');
  if (!Array.isArray(stored)) return;
  for (const pair of stored as unknown[]) {
    const [at, offset] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (typeof at === 'number' && typeof offset === 'number') scrollOffsets.set(at, offset);
  }
}

/** Whether a path is a page of this application, not of the console or the API. */
function isPagePath(path: string): boolean {
  return !/^\/(?:admin|api|assets|healthz|readyz)(?:\/|$)/.test(path);
}

function readAddress(): Address {
  return { path: location.pathname, search: location.search };
}

function readPosition(): number | undefined {
  const state: unknown = history.state;
  return typeof state === 'object' && state !== null && 'position' in state && typeof state.position === 'number'
    ? state.position
    : undefined;
}

function afterPaint(action: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(action));
}
