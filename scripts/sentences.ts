/**
 * Draws sentences at random from the pages and from the comments, to be read as a stranger would: `npm run sentences`.
 * The same seed and the same sources give the same sentences.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from 'dualbrake/testing';
import { parseSync } from 'vite';

const help = `Usage: npm run sentences -- [--count N] [--seed N] [--root DIRECTORY]

  --count N          sentences from pages and from comments each (default 20)
  --seed N           the same seed draws the same sentences (default 1)
  --root DIRECTORY   another checkout to draw from (default: this one)
`;

/** Sources with text that is shown to people. */
const pagePattern =
  /^(apps\/driving-school\/(web|contract)|packages\/console\/(ui|kit)|packages\/kit)\/.*(?<!\.test)\.tsx?$/;
/** The library is left out: its texts are drawn and checked on their own. */
const sourcePattern = /^(apps|packages\/(console|kit)|scripts)\/.*\.tsx?$/;

const segmenter = new Intl.Segmenter('en-CA', { granularity: 'sentence' });

interface Sentence {
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    root: { type: 'string', default: process.cwd() },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(help);
else draw(values.root, Number(values.count), Number(values.seed));

function draw(root: string, count: number, seed: number): void {
  const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n');
  const shown = files.filter((file) => pagePattern.test(file)).flatMap((file) => sentencesOnPage(root, file));
  const comments = files.filter((file) => sourcePattern.test(file)).flatMap((file) => sentencesInComments(root, file));
  print('pages', sample(shown, count, seed), shown.length);
  print('comments', sample(comments, count, seed), comments.length);
}

function print(title: string, drawn: readonly Sentence[], total: number): void {
  process.stdout.write(`\n${drawn.length} of ${total} sentences from ${title}\n`);
  for (const { text, file, line } of drawn) process.stdout.write(`- ${text} (${file}:${line})\n`);
}

/** String literals, templates and JSX text that read like a sentence or a label of several words. */
function sentencesOnPage(root: string, file: string): Sentence[] {
  const source = readFileSync(join(root, file), 'utf8');
  const found: Sentence[] = [];
  visit(parseSync(file, source).program as unknown as SyntaxNode, (node) => {
    if (node.type === 'ImportDeclaration') return;
    for (const text of sentencesOf(textOf(node))) {
      if (/^[A-Z“"]/.test(text)) found.push({ text, file, line: lineAt(source, node.start) });
    }
  });
  return found;
}

/** What a syntax node shows; a placeholder stands for each value that is put in. */
function textOf(node: SyntaxNode): string {
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  if (node.type === 'JSXText') return String(node['value']);
  if (node.type !== 'TemplateLiteral') return '';
  return (node['quasis'] as readonly { readonly value: { readonly cooked: string } }[])
    .map(({ value }) => value.cooked)
    .join('{…}');
}

function sentencesInComments(root: string, file: string): Sentence[] {
  const source = readFileSync(join(root, file), 'utf8');
  return parseSync(file, source).comments.flatMap(({ value, start }) =>
    value
      .replaceAll(/^\s*\*+ ?/gm, ' ')
      .split(/@\w+/)
      .flatMap(sentencesOf)
      .map((text) => ({ text, file, line: lineAt(source, start) })),
  );
}

function sentencesOf(text: string): string[] {
  return Array.from(segmenter.segment(text.replaceAll(/\s+/g, ' ')), ({ segment }) => segment.trim()).filter(
    (segment) => segment.split(' ').length >= 4,
  );
}

function visit(node: unknown, use: (node: SyntaxNode) => void): void {
  if (Array.isArray(node)) for (const each of node) visit(each, use);
  if (typeof node !== 'object' || node === null || !('type' in node)) return;
  use(node as SyntaxNode);
  for (const child of Object.values(node)) if (typeof child === 'object') visit(child, use);
}

function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length;
}

/** Draws without putting back. */
function sample(sentences: readonly Sentence[], count: number, seed: number): Sentence[] {
  const random = seededRandom(seed);
  const left = [...sentences];
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const [drawn] = left.splice(Math.floor(random() * left.length), 1);
    return drawn as Sentence;
  });
}
