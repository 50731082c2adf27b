import { styleText } from 'node:util';
import type { Output } from './surroundings.ts';

/** C0 and C1 controls, bidirectional marks and line separators: a terminal obeys them, or shows another order. */
const controls =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

/** A text from elsewhere, safe for a terminal: on one line, and without orders to it. */
export function plain(text: string): string {
  return text.replaceAll(controls, ' ');
}

/** The same for a text of several lines. */
export function plainLines(text: string): string {
  return text.split('\n').map(plain).join('\n');
}

/** Columns, each as wide as its widest cell; the last one as it is. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((cells) => cells.map(plain));
  const widths = head.map((_, column) => Math.max(...all.map((cells) => (cells[column] ?? '').length)));
  return all
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** `45 s`, `12 min`, `3 h`, `2 d`. */
export function roughly(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3_600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

const tones = { good: 'green', warning: 'yellow', bad: 'red' } as const;

export function toned(text: string, tone: string, { hasColors }: Output): string {
  const color = tone === 'good' || tone === 'warning' || tone === 'bad' ? tones[tone] : undefined;
  return hasColors && color !== undefined ? styleText(color, text, { validateStream: false }) : text;
}

const units = { s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 } as const;

/** Milliseconds of `90s`, `15m` or `2h`; nothing for anything else. */
export function durationOf(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,6})(s|m|min|h)$/.exec(text) ?? [];
  const ms = Number(digits) * units[unit as keyof typeof units];
  return ms > 0 ? ms : undefined;
}
