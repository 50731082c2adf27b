import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** What the page is told of where it belongs, in the head of its HTML: nothing of it is known when it is built. */
export interface PageFacts {
  /** Of the application, when it has said so. */
  readonly application: { readonly name: string; readonly homePath: string } | undefined;
  readonly signInPath: string;
}

/** Stands in the built page where the facts belong. */
const PLACE = '<meta name="console" content="" />';

/**
 * A file of the built page.
 *
 * @param path below the mount, such as `/assets/index-1a2b.js`; `/` is the page itself
 * @returns nothing when there is no such file
 */
export async function pageFile(directory: string, path: string, facts: PageFacts): Promise<Response | undefined> {
  const file = normalize(join(directory, path === '/' ? 'index.html' : path));
  const type = types[extname(file)];
  if (!file.startsWith(normalize(directory + sep)) || type === undefined) return undefined;
  try {
    const content = type === types['.html'] ? withFacts(await readFile(file, 'utf8'), facts) : await readFile(file);
    // Vite puts a hash into the names below assets/: such a file never changes.
    const cache = path.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-cache';
    return new Response(content, { headers: { 'content-type': type, 'cache-control': cache } });
  } catch {
    if (path !== '/') return undefined;
    return new Response('The console’s page has not been built: run "npm run build".\n', {
      status: 503,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
  }
}

function withFacts(html: string, facts: PageFacts): string {
  const content = JSON.stringify(facts).replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  // A function: `$&` in a name means nothing.
  return html.replace(PLACE, () => `<meta name="console" content="${content}" />`);
}
