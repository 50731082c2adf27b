import { type Browser, type BrowserContext, type Page } from 'playwright-core';
/** Why there is no browser to test with; in CI that is a failure. */
export declare const missing: string | undefined;
export declare function launch(): Promise<Browser>;
/** A tab that records errors, policy violations, dialogs and requests to other hosts. */
export interface Tab {
  readonly page: Page;
  readonly troubles: string[];
}
export declare function openTab(context: BrowserContext, origin: string): Promise<Tab>;
/** Runs axe from outside: the page's content security policy blocks foreign scripts. */
export declare function accessibilityProblems(page: Page): Promise<string[]>;
