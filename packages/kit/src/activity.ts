/** Without a key press, click or touch for this long, nobody is assumed to be at the device. */
const recentMs = 60_000;

// Opening the page counts as input.
let lastInputMs = Date.now();

/** Starts recording when keys, clicks and touches happen. Call once, when the page starts. */
export function watchActivity(): void {
  for (const kind of ['keydown', 'pointerdown', 'wheel', 'touchstart'] as const)
    addEventListener(kind, noteInput, { capture: true, passive: true });
}

/**
 * Whether somebody used the device in the last minute. Sent with requests, so that background polling does not keep an
 * idle session alive.
 */
export function recentActivity(): 'recent' | 'none' {
  return Date.now() - lastInputMs <= recentMs ? 'recent' : 'none';
}

function noteInput(): void {
  lastInputMs = Date.now();
}
