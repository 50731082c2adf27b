import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import { Problem } from './problem.ts';

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
  /** Where the operator's token is taken, when it is. */
  readonly tokenSignInPath: string | undefined;
}

/** Stands in the built page where the facts belong. */
const PLACE = '<meta name="console" content="" />';

const pack = promisify(brotliCompress);
/** Packed files by path. Only what never changes under its name is kept. */
const packed = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/**
 * A file of the built page.
 *
 * @param path below the mount, such as `/assets/index-1a2b.js`; `/` is the page itself
 * @param encodings what the browser accepts, as its header says it: with `br`, what never changes is sent packed
 * @returns nothing when there is no such file
 * @throws Problem 503 when the page itself is not there
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
    // Vite puts a hash into the names below assets/: such a file never changes.
    const isFixed = path.startsWith('/assets/');
    const headers = {
      'content-type': type,
      'cache-control': isFixed ? 'private, max-age=31536000, immutable' : 'no-cache',
      vary: 'accept-encoding',
    };
    if (!isFixed || !/\bbr\b/.test(encodings)) return new Response(content, { headers });
    return new Response(await packedOnce(file, content), { headers: { ...headers, 'content-encoding': 'br' } });
  } catch {
    if (path !== '/') return undefined;
    throw new Problem('page-not-built', 'The page has not been built', 'Run “npm run build”, then reload this page.');
  }
}

function withFacts(html: string, facts: PageFacts): string {
  const content = JSON.stringify(facts).replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  // A function: `$&` in a name means nothing.
  return html.replace(PLACE, () => `<meta name="console" content="${content}" />`);
}

function packedOnce(file: string, content: string | Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const known = packed.get(file);
  if (known !== undefined) return known;
  const made = pack(content).then((bytes) => new Uint8Array(bytes));
  packed.set(file, made);
  return made;
}
