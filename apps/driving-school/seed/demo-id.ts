import { hash } from 'node:crypto';
import type { CalendarDay } from '../contract/parsers.ts';

/** Creates a reproducible UUID version 7: its time is the day's, its random part a hash of the text. */
export function demoId(text: string, today: CalendarDay, index: number): string {
  const time = (Date.parse(`${today}T00:00:00Z`) + index).toString(16).padStart(12, '0');
  const random = hash('sha256', text, 'hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
}
