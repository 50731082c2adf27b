import { html, Markup } from './html.ts';
import { plainPolicy, style } from './plain-style.ts';

/** A complete page without scripts, styles included, so that one request is enough. */
export function documentOf(title: string, body: Markup): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        ${new Markup(`<style>${style}</style>`)}
      </head>
      <body>
        ${body}
      </body>
    </html> `.text;
}

/** A page as a response, with the content security policy of plain pages. */
export function pageResponse(text: string, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(text, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': plainPolicy,
      // Without a referrer, browsers send forms with `Origin: null`.
      'referrer-policy': 'same-origin',
      ...headers,
    },
  });
}
