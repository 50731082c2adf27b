import { documentOf } from './document.ts';
import { html, type Markup } from './html.ts';

/** What a page about an error says, and where it leads. */
export interface ErrorPage {
  readonly status: number;
  readonly title: string;
  /** What happened and what to do, in plain sentences. */
  readonly detail: string;
  /** Name of the application, for the title of the window. */
  readonly application: string;
  /** Ways on, the best one first. */
  readonly links: readonly { readonly href: string; readonly text: string }[];
  /** Where *Sign out* is sent with POST; nothing where it would not help. */
  readonly signOutPath?: string | undefined;
  /** The id under which the log tells of the request. */
  readonly correlationId?: string | undefined;
}

/** A page without a script that says what went wrong. It is to be sent under `plainPolicy`. */
export function errorPage(page: ErrorPage): string {
  const { status, title, detail, application, links, signOutPath, correlationId } = page;
  return documentOf(
    `${title} · ${application}`,
    html`<main class="gate">
      <p class="note">Error ${status}</p>
      <h1>${title}</h1>
      <p>${detail}</p>
      ${links.length === 0 && signOutPath === undefined ? undefined : ways(links, signOutPath)}
      ${correlationId === undefined ? undefined : html`<p class="note">Correlation ID: ${correlationId}</p>`}
    </main>`,
  );
}

function ways(links: ErrorPage['links'], signOutPath: string | undefined): Markup {
  return html`<div class="ways">
    ${links.map(({ href, text }) => html`<a href="${href}">${text}</a>`)}
    ${
      signOutPath === undefined
        ? undefined
        : html`<form method="post" action="${signOutPath}"><button>Sign out</button></form>`
    }
  </div>`;
}

/** What is known of a request before it is read. */
interface Asked {
  readonly method: string;
  readonly accept: string | null | undefined;
  /** The header `Sec-Fetch-Mode`, which not every browser sends everywhere. */
  readonly fetchMode: string | null | undefined;
}

/** Whether a person sees the answer as a page: a browser goes to an address, or sends a form. Programs want JSON. */
export function isNavigation({ method, accept, fetchMode }: Asked): boolean {
  if (fetchMode !== null && fetchMode !== undefined && fetchMode !== 'navigate') return false;
  return ['GET', 'HEAD', 'POST'].includes(method) && /\btext\/html\b/i.test(accept ?? '');
}
