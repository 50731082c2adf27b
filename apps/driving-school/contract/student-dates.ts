/** The order of dates in a file. `ymd` is that of the template; `2008-03-09` is understood with all of them. */
export const dateOrders = ['ymd', 'mdy', 'dmy'] as const;
export type DateOrder = (typeof dateOrders)[number];

/**
 * Turns a date as people and spreadsheets write it into `YYYY-MM-DD`: `20080309`, `2008/3/9`, `2008.03.09`, or with the
 * year last `03/09/2008` in the given order. Returns any other text unchanged, for the parser to report.
 */
export function orderedDate(text: string, order: DateOrder = 'ymd'): string {
  const yearFirst = /^\s*(\d{4})(?:[\s./\p{Pd}]{1,3}(\d{1,2})[\s./\p{Pd}]{1,3}(\d{1,2})|(\d\d)(\d\d))\s*$/u.exec(text);
  if (yearFirst !== null) {
    const [, year = '', month = yearFirst[4] ?? '', day = yearFirst[5] ?? ''] = yearFirst;
    return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  }
  const yearLast = yearLastDate.exec(text);
  if (yearLast === null || order === 'ymd') return text;
  const [, one = '', other = '', year = ''] = yearLast;
  const [month, day] = order === 'mdy' ? [one, other] : [other, one];
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** Whether a date has the year last, so that the order of day and month must be chosen. */
export function needsDateOrder(text: string): boolean {
  return yearLastDate.test(text);
}

const yearLastDate = /^\s*(\d{1,2})[\s./\p{Pd}]{1,3}(\d{1,2})[\s./\p{Pd}]{1,3}(\d{4})\s*$/u;
