import { type Browser, type BrowserContext, type Page } from 'playwright-core';
/** Why there is no browser to test with; in CI that is a failure. */
export declare const missing: string | undefined;
export declare function launch(): Promise<Browser>;
/** A tab whose troubles are collected: errors, reports of the policies, dialogs, and requests to anywhere else. */
export interface Tab {
  readonly page: Page;
  readonly troubles: string[];
}
export declare function openTab(context: BrowserContext, origin: string): Promise<Tab>;
/** axe is run from the outside: the page's own policy lets no foreign script in. */
export declare function accessibilityProblems(page: Page): Promise<string[]>;
