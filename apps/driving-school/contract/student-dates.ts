/** How a file writes its dates. `ymd` is the order of the template; with the others, `2008-03-09` is still understood. */
export const dateOrders = ['ymd', 'mdy', 'dmy'] as const;
export type DateOrder = (typeof dateOrders)[number];

/**
 * A date as people and spreadsheets write it, as `YYYY-MM-DD`: with the year first `20080309`, `2008/3/9`,
 * `2008.03.09`; with the year last `03/09/2008`, in the given order. Anything else comes back as it was: the parser
 * says what is wrong with it.
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

/** Whether this is a date whose order of day and month somebody must choose. */
export function needsDateOrder(text: string): boolean {
  return yearLastDate.test(text);
}

const yearLastDate = /^\s*(\d{1,2})[\s./\p{Pd}]{1,3}(\d{1,2})[\s./\p{Pd}]{1,3}(\d{4})\s*$/u;
