/** Finds what people read in the sources: texts of pages, messages and comments. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'vite';

const segmenter = new Intl.Segmenter('en-CA', { granularity: 'sentence' });

/** One sentence, or one label of several words. */
export interface Sentence {
  readonly text: string;
  readonly file: string;
  /** The line on which the literal or the comment begins, from 1. */
  readonly line: number;
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

/** Tracked files of a checkout, as paths from its root. */
export function trackedFiles(root: string): string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  }).split('\n');
}

/** String literals, templates and JSX text that read like a sentence or a label of several words. */
export function sentencesInTexts(root: string, file: string): Sentence[] {
  const source = readFileSync(join(root, file), 'utf8');
  const found: Sentence[] = [];
  visit(parseSync(file, source).program, (node) => {
    for (const text of sentencesOf(textOf(node))) {
      // Not the path of an icon.
      if (/^[A-Z“"].*[a-z]{3}/.test(text)) found.push({ text, file, line: lineAt(source, node.start) });
    }
  });
  return found;
}

/** Sentences of line comments, block comments and doc comments, without tags. */
export function sentencesInComments(root: string, file: string): Sentence[] {
  const source = readFileSync(join(root, file), 'utf8');
  return joined(source, parseSync(file, source).comments).flatMap(({ value, start }) =>
    value
      .replaceAll(/^\s*\*+ ?/gm, ' ')
      .split(/@\w+/)
      .flatMap(sentencesOf)
      .map((text) => ({ text, file, line: lineAt(source, start) })),
  );
}

/** Sentences of a Markdown page, without code and headings. */
export function sentencesInMarkdown(root: string, file: string): Sentence[] {
  const source = readFileSync(join(root, file), 'utf8');
  const prose = source.replaceAll(/^```.*?^```|^#[^\n]*/gms, (block) => block.replaceAll(/[^\n]/g, ''));
  return [...prose.matchAll(/(?:^(?! {4}).+\n?)+/gm)].flatMap(({ 0: paragraph, index }) =>
    sentencesOf(paragraph).map((text) => ({ text, file, line: lineAt(source, index) })),
  );
}

interface SourceComment {
  readonly type: 'Line' | 'Block';
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** Line comments on consecutive lines are one text. */
function joined(source: string, comments: readonly SourceComment[]): { value: string; start: number }[] {
  const texts: { value: string; start: number; end: number; type: string }[] = [];
  for (const { type, value, start, end } of comments) {
    const last = texts.at(-1);
    if (type === 'Line' && last?.type === 'Line' && /^\s*$/.test(source.slice(last.end, start))) {
      last.value += ` ${value}`;
      last.end = end;
    } else texts.push({ type, value, start, end });
  }
  return texts;
}

/** The text of a literal; `{…}` marks each value that a template inserts. */
function textOf(node: SyntaxNode): string {
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  if (node.type === 'JSXText') return String(node['value']);
  if (node.type !== 'TemplateLiteral') return '';
  return (node['quasis'] as readonly { readonly value: { readonly cooked: string } }[])
    .map(({ value }) => value.cooked)
    .join('{…}');
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
