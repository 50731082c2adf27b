/** Orders of year, month and day in a file. The template uses `ymd`; dates like `2008-03-09` are read with any order. */
export const dateOrders = ['ymd', 'mdy', 'dmy'] as const;
export type DateOrder = (typeof dateOrders)[number];

/**
 * Converts usual spellings of a date to `YYYY-MM-DD`: `20080309`, `2008/3/9`, `2008.03.09`, or, with the year last,
 * `03/09/2008` in the given order. Returns any other text unchanged, so that the parser reports it.
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
