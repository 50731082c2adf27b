import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';

const folder = fileURLToPath(new URL('../../../test-results/', import.meta.url));
/** Whether this run takes screenshots. */
export const takesPictures = process.env['PICTURES'] !== undefined;
if (takesPictures) mkdirSync(folder, { recursive: true });

/**
 * Takes a screenshot for people to look at, `test-results/NAME.png`, if the environment variable PICTURES is set. A
 * screenshot takes longer than most checks of a page.
 */
export async function picture(
  target: Page | Locator,
  name: string,
  options: { readonly fullPage?: boolean } = {},
): Promise<void> {
  if (takesPictures) await target.screenshot({ path: join(folder, `${name}.png`), ...options });
}
