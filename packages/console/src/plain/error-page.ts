import { documentOf } from './document.ts';
import { html } from './html.ts';
import { signOutForm } from './plain-page.ts';

export interface ErrorPage {
  readonly status: number;
  readonly title: string;
  /** The problem and the next step, in sentences. */
  readonly detail: string;
  /** Name of the application, for the window's title. */
  readonly application: string;
  /** Where to go next, the best link first. */
  readonly links: readonly { readonly href: string; readonly text: string }[];
  /** Target of *Sign out*, with POST; absent where signing out would not help. */
  readonly signOutPath?: string | undefined;
  /** Identifies the request in the log. */
  readonly correlationId?: string | undefined;
}

/** An error as a page without scripts. Send it under `plainPolicy`. */
export function errorPage(page: ErrorPage): string {
  const { status, title, detail, application, links, signOutPath, correlationId } = page;
  return documentOf(
    `${title} · ${application}`,
    html`<main class="gate">
      <p class="note">Error ${status}</p>
      <h1>${title}</h1>
      <p>${detail}</p>
      ${
        links.length === 0 && signOutPath === undefined
          ? undefined
          : html`<div class="ways">
              ${links.map(({ href, text }) => html`<a href="${href}">${text}</a>`)}
              ${signOutPath === undefined ? undefined : signOutForm(signOutPath)}
            </div>`
      }
      ${correlationId === undefined ? undefined : html`<p class="note">Correlation ID: ${correlationId}</p>`}
    </main>`,
  );
}

/** Whether the response is shown as a page: a browser follows a link or sends a form. Programs get JSON. */
export function isNavigation({
  method,
  accept,
  fetchMode,
}: {
  readonly method: string;
  readonly accept: string | null | undefined;
  /** The header `Sec-Fetch-Mode`, which browsers don't always send. */
  readonly fetchMode: string | null | undefined;
}): boolean {
  if (fetchMode !== null && fetchMode !== undefined && fetchMode !== 'navigate') return false;
  return ['GET', 'HEAD', 'POST'].includes(method) && /\btext\/html\b/i.test(accept ?? '');
}
