import { html, Markup } from './html.ts';
import { plainPolicy, style } from './plain-style.ts';

/** A whole page without a script, with its style in it: one request paints it. */
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

/** A page as an answer, under the policy of pages without a script. */
export function pageResponse(text: string, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(text, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': plainPolicy,
      // Without a referrer browsers send forms as if they came from nowhere.
      'referrer-policy': 'same-origin',
      ...headers,
    },
  });
}
