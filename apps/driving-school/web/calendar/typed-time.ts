import { clockText } from '../../contract/local-time.ts';

/** Reads a typed time of day: `9`, `930`, `9:30`, `9.30`, `9:30 pm` or `21h30`. @returns `09:30`; undefined for anything else */
export function tidyTime(text: string): string | undefined {
  const parts = /^\s*(?<hour>\d{1,2}?)(?:\s*[:.h]?\s*(?<minute>\d{2}))?\s*(?<half>[ap])?\.?m?\.?\s*$/i.exec(
    text,
  )?.groups;
  if (parts === undefined) return undefined;
  const [typed, minute] = [Number(parts['hour']), Number(parts['minute'] ?? '0')];
  const half = parts['half']?.toLowerCase();
  if (half !== undefined && (typed < 1 || typed > 12)) return undefined;
  const hour = half === undefined ? typed : (typed % 12) + (half === 'p' ? 12 : 0);
  return hour > 23 || minute > 59 ? undefined : clockText(hour * 60 + minute);
}
