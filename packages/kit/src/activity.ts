/** After this long without a key, a click or a touch, nobody is taken to be at the device. */
const recentMs = 60_000;

// The person has just opened the page.
let lastInputMs = Date.now();

/** Begins to notice keys, clicks and touches. Call once. */
export function watchActivity(): void {
  for (const kind of ['keydown', 'pointerdown', 'wheel', 'touchstart'] as const)
    addEventListener(kind, noteInput, { capture: true, passive: true });
}

/** What requests say about the person: whether somebody was at the device just now, or the page asks by itself. */
export function recentActivity(): 'recent' | 'none' {
  return Date.now() - lastInputMs <= recentMs ? 'recent' : 'none';
}

function noteInput(): void {
  lastInputMs = Date.now();
}
