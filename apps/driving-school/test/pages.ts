/** A school in a running program, used through its pages in a real browser. */
import assert from 'node:assert/strict';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { accessibilityProblems } from './axe.ts';
import { launch, release } from './chromium.ts';
import { picture } from './pictures.ts';
import { type Client, ownerPassword, Program } from './program.ts';

/** The program, a browser, and what went wrong on its pages. */
export class SchoolPages implements AsyncDisposable {
  readonly program: Program;
  /** Errors of scripts, and violations of the content security policy. */
  readonly faults: string[] = [];
  /** Requests that were answered with 403: a page has offered something that its user may not do. */
  readonly forbidden: string[] = [];
  readonly #browser: Browser;

  private constructor(program: Program, browser: Browser) {
    this.program = program;
    this.#browser = browser;
  }

  /** Starts both. The built pages must be up to date. */
  static async open(environment: Readonly<Record<string, string>>): Promise<SchoolPages> {
    const program = await Program.start({ pages: true, environment });
    return new SchoolPages(program, await launch());
  }

  /** A new page, signed in when there is a client. Each has its own cookies. */
  async newPage({ client, width = 1_280 }: { readonly client?: Client; readonly width?: number } = {}): Promise<Page> {
    const context: BrowserContext = await this.#browser.newContext({ viewport: { width, height: 900 } });
    const [name = '', value = ''] = client?.cookie.split(/=(.*)/s) ?? [];
    if (client !== undefined) await context.addCookies([{ name, value, url: this.program.address }]);
    await context.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
      console.error('policy violation: ' + event.violatedDirective + ' ' + event.blockedURI));`);
    const page = await context.newPage();
    page.on('response', (response) => {
      if (response.status() === 403) this.forbidden.push(`${response.request().method()} ${response.url()}`);
    });
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('console', (message) => {
      // Chromium reports refused requests as errors; the pages show what was refused.
      if (message.type() === 'error' && !/status of (4\d\d|503)/.test(message.text())) this.faults.push(message.text());
    });
    return page;
  }

  /** Opens the link that the first start prints, and sets the owner's password. @returns the start page */
  async welcomeOwner(): Promise<Page> {
    const [link] = await this.program.line(/http:\S+\/welcome#\S+/);
    const page = await this.newPage();
    await page.goto(link);
    await page.fill('#welcome-name', 'Olive Owner');
    await page.fill('#welcome-email', 'olive@example.com');
    await page.fill('#welcome-password', ownerPassword);
    await page.keyboard.press('Enter');
    await heading(page, 'Today');
    return page;
  }

  /** Opens a one-time link and sets a password. @returns the start page */
  async welcome(url: string, password: string): Promise<Page> {
    const page = await this.newPage();
    await page.goto(url);
    await page.fill('#welcome-password', password);
    await page.keyboard.press('Enter');
    await heading(page, 'Today');
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await release(this.#browser);
    await this.program[Symbol.asyncDispose]();
  }
}

/** Keystrokes and clicks of a clerk, counted. A typed name counts three. */
export class Clerk {
  readonly #page: Page;
  actions = 0;

  constructor(page: Page) {
    this.#page = page;
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.actions += 1;
      await this.#page.keyboard.press(key);
    }
  }

  async click(target: Locator): Promise<void> {
    this.actions += 1;
    await target.click();
  }

  async type(name: string): Promise<void> {
    this.actions += 3;
    await this.#page.keyboard.type(name);
  }
}

/** Waits for the page with this title. */
export const heading = (page: Page, name: string | RegExp): Promise<void> =>
  page.getByRole('heading', { level: 1, name }).waitFor();

/** Waits for a text. */
export const said = (page: Page, text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();

export const button = (page: Page, name: string | RegExp): Locator => page.getByRole('button', { name });

/** A link of the page, not of the menu. */
export const link = (page: Page, name: string | RegExp): Locator => page.getByRole('main').getByRole('link', { name });

export const inDialog = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('dialog').getByRole('button', { name });

export const chooseInMenu = (page: Page, name: string): Promise<void> =>
  page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true }).click();

/** Checks the open page with axe, and takes its picture. Dark colours are checked by the tests of each page. */
export async function looksRight(page: Page, name: string): Promise<void> {
  await picture(page, name, { fullPage: true });
  assert.deepEqual(await accessibilityProblems(page), [], name);
}

/** The number of sheets of paper that printing the page takes. */
export async function printedPages(page: Page, format: 'A4' | 'Letter'): Promise<number> {
  const pdf = Buffer.from(await page.pdf({ format })).toString('latin1');
  return Array.from(pdf.matchAll(/\/Type\s*\/Page\b(?!s)/g)).length;
}
