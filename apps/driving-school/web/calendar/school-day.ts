import { localTime } from '../../contract/local-time.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import { schoolNow } from '../school-clock.ts';

/** Today at the school. */
export function todayAt(zone: string): CalendarDay {
  return localTime(schoolNow.value, zone).day;
}
