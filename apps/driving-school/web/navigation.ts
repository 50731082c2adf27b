import { computed, signal } from '@preact/signals';
import { isOwnPath, matchRoute, type Route } from './routes.ts';

/** Where the browser is. `hash` comes without its `#`. */
interface Place {
  readonly path: string;
  readonly search: string;
  readonly hash: string;
}

interface HistoryState {
  readonly position: number;
}

const place = signal<Place>(readPlace());

/** The page to show. */
export const route = computed<Route>(() => matchRoute(place.value.path));
/** Path and query, for coming back. */
export const currentPath = computed(() => `${place.value.path}${place.value.search}`);
/** What the address says beyond the path. */
export const search = computed(() => new URLSearchParams(place.value.search));

/** Goes up whenever a link or the browser's buttons open a place, also the one that is open already. */
export const visits = signal(0);

/** Set while leaving would lose something that was typed. */
const guarded = signal(false);
/** A wish to leave that waits for an answer. */
export const pendingLeave = signal<{ readonly go: () => void } | undefined>(undefined);

let position = 0;
/** The scroll offsets of the places in the history, by their position. */
const scrolledTo = new Map<number, number>();

/** Shows another page of the application; asks first while something unsaved would be lost. */
export function navigate(path: string, { replace = false }: { replace?: boolean } = {}): void {
  if (guarded.value) {
    pendingLeave.value = { go: () => navigate(path, { replace }) };
    return;
  }
  const target = new URL(path, location.href);
  if (!isOwnPath(target.pathname)) {
    location.assign(path);
    return;
  }
  scrolledTo.set(position, scrollY);
  if (!replace) position += 1;
  history[replace ? 'replaceState' : 'pushState']({ position } satisfies HistoryState, '', path);
  place.value = readPlace();
  visits.value += 1;
  if (replace) return;
  // Forward from here was another place before.
  scrolledTo.delete(position);
  afterPaint(() => scrollTo(0, 0));
}

/** Writes into the address what the page shows now. Nothing is opened, and the focus stays where it is. */
export function rewriteAddress(path: string): void {
  history.replaceState(history.state, '', path);
}

/** What the address says beyond the path now, rewritten or not. */
export function currentSearch(): URLSearchParams {
  return new URLSearchParams(location.search);
}

/** Scrolls to where this place was left, once what it shows has been read again after a reload. */
export function restoreScroll(): void {
  const left = scrolledTo.get(position);
  if (left !== undefined && scrollY === 0) afterPaint(() => scrollTo(0, left));
}

/** From now on leaving this page is asked for. Gives the end of it. */
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

/** Whether something typed would be lost by leaving. */
export function hasUnsaved(): boolean {
  return guarded.value;
}

/** The answer to `pendingLeave`. */
export function answerLeave(leave: boolean): void {
  const wish = pendingLeave.value;
  pendingLeave.value = undefined;
  if (!leave || wish === undefined) return;
  guarded.value = false;
  wish.go();
}

/** Makes plain links and the browser's own buttons go through `navigate`. Call once. */
export function startNavigation(): void {
  history.scrollRestoration = 'manual';
  position = readPosition() ?? 0;
  history.replaceState({ position } satisfies HistoryState, '');
  recallScroll();
  addEventListener('pagehide', () => {
    scrolledTo.set(position, scrollY);
    sessionStorage.setItem(scrollKey, JSON.stringify([...scrolledTo].slice(-scrollsMax)));
  });

  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.target !== '' || link.hasAttribute('download')) return;
    if (link.origin !== location.origin || !isOwnPath(link.pathname)) return;
    event.preventDefault();
    navigate(`${link.pathname}${link.search}${link.hash}`);
  });

  addEventListener('popstate', () => {
    const target = readPosition() ?? 0;
    const steps = target - position;
    if (guarded.value && steps !== 0) {
      // The browser has left already. Go back to where the form is, and ask there.
      history.go(-steps);
      pendingLeave.value = { go: () => history.go(steps) };
      return;
    }
    if (pendingLeave.value !== undefined) return;
    scrolledTo.set(position, scrollY);
    position = target;
    place.value = readPlace();
    visits.value += 1;
    afterPaint(() => scrollTo(0, scrolledTo.get(position) ?? 0));
  });
}

/** Where in the session storage scroll offsets wait for a reload, and of how many places. */
const scrollKey = 'scrolled-to';
const scrollsMax = 50;

/** Offsets that a reload would lose. Anything else in their place counts as none. */
function recallScroll(): void {
  const [opening] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  if (opening?.type !== 'reload' && opening?.type !== 'back_forward') return;
  const stored: unknown = JSON.parse(sessionStorage.getItem(scrollKey) ?? '[]');
  if (!Array.isArray(stored)) return;
  for (const entry of stored as unknown[]) {
    const [at, offset] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof at === 'number' && typeof offset === 'number') scrolledTo.set(at, offset);
  }
}

function readPlace(): Place {
  return { path: location.pathname, search: location.search, hash: location.hash.slice(1) };
}

function readPosition(): number | undefined {
  const state: unknown = history.state;
  return typeof state === 'object' && state !== null && 'position' in state && typeof state.position === 'number'
    ? state.position
    : undefined;
}

function afterPaint(act: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(act));
}
