import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import { Problem } from '../problem.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Where the page is used, inserted into its HTML because a build does not know it. */
export interface PageFacts {
  readonly application: { readonly name: string; readonly homePath: string } | undefined;
  readonly signInPath: string;
  /** Undefined without sign-in by the operator's token. */
  readonly tokenSignInPath: string | undefined;
}

/** Replaced with the facts. */
const PLACEHOLDER = '<meta name="console" content="" />';

const compress = promisify(brotliCompress);
/** By path. Only files that never change. */
const compressed = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/**
 * A file of the built page.
 *
 * @param path below the mount, such as `/assets/index-1a2b.js`; `/` is the page itself
 * @param encodings the `Accept-Encoding` header
 * @returns undefined when there is no such file
 * @throws Problem 503 when the page has not been built
 */
export async function pageFile(
  directory: string,
  path: string,
  facts: PageFacts,
  encodings: string,
): Promise<Response | undefined> {
  const file = normalize(join(directory, path === '/' ? 'index.html' : path));
  const type = types[extname(file)];
  if (!file.startsWith(normalize(directory + sep)) || type === undefined) return undefined;
  try {
    const content = type === types['.html'] ? withFacts(await readFile(file, 'utf8'), facts) : await readFile(file);
    // Vite puts a hash into the names of assets, so they never change.
    const isFixed = path.startsWith('/assets/');
    const headers = {
      'content-type': type,
      'cache-control': isFixed ? 'private, max-age=31536000, immutable' : 'no-cache',
      vary: 'accept-encoding',
    };
    if (!isFixed || !/\bbr\b/.test(encodings)) return new Response(content, { headers });
    return new Response(await compressedOnce(file, content), { headers: { ...headers, 'content-encoding': 'br' } });
  } catch {
    if (path !== '/') return undefined;
    throw new Problem('page-not-built', 'The page has not been built', 'Run “npm run build”, then reload this page.');
  }
}

function withFacts(html: string, facts: PageFacts): string {
  const content = JSON.stringify(facts).replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  // A function, because `$&` in a string would be replaced.
  return html.replace(PLACEHOLDER, () => `<meta name="console" content="${content}" />`);
}

function compressedOnce(file: string, content: string | Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const known = compressed.get(file);
  if (known !== undefined) return known;
  const made = compress(content).then((bytes) => new Uint8Array(bytes));
  compressed.set(file, made);
  return made;
}
