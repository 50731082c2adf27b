/**
 * Makes `Temporal` available, which the rules about lessons use. Browsers that have it download nothing; for the others,
 * a polyfill is loaded. Await this before importing code that uses `Temporal`.
 */
export async function loadTemporal(): Promise<void> {
  if (!('Temporal' in globalThis)) await import('temporal-polyfill/global');
}
