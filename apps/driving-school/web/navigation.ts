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
  if (!replace) afterPaint(() => scrollTo(0, 0));
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
    afterPaint(() => scrollTo(0, scrolledTo.get(position) ?? 0));
  });
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
