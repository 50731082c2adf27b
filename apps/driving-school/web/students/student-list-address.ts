import { mustNotBeInAddress } from './search-text.ts';

/** Which students to show. */
export type StatusFilter = 'active' | 'archived' | 'all';
/** The order of the list. */
export type ListOrder = 'name' | 'updated' | 'created';

/** What to list, and in which order. */
export interface ListQuery {
  readonly q: string;
  readonly status: StatusFilter;
  readonly sort: ListOrder;
  /** An instructor's ID, `none` for students without one, or empty for all. */
  readonly instructorId: string;
}

export const pageSize = 50;
/** The most rows that an address can ask for. */
const rowsMax = 2_000;

export const everyone: ListQuery = { q: '', status: 'active', sort: 'name', instructorId: '' };

/**
 * The address of a list, so that a reload and the Back button show it as it was. A licence number is left out, because
 * addresses end up in histories and logs.
 *
 * @param rows the number of rows shown
 */
export function listAddress({ q, status, sort, instructorId }: ListQuery, rows = pageSize): string {
  const parameters = new URLSearchParams();
  const text = q.trim();
  if (text !== '' && !mustNotBeInAddress(text)) parameters.set('q', text);
  if (status !== everyone.status) parameters.set('status', status);
  if (sort !== everyone.sort) parameters.set('sort', sort);
  if (instructorId !== '') parameters.set('instructor', instructorId);
  if (rows > pageSize) parameters.set('rows', String(rows));
  const search = parameters.toString();
  return search === '' ? '/' : `/?${search}`;
}

/** The list of an address. Invalid parameters are ignored. */
export function listOfAddress(parameters: URLSearchParams): { readonly query: ListQuery; readonly rows: number } {
  const choice = <Value extends string>(name: string, values: readonly Value[], byDefault: Value): Value =>
    values.find((value) => value === parameters.get(name)) ?? byDefault;
  const instructor = parameters.get('instructor') ?? '';
  const rows = Number(parameters.get('rows') ?? pageSize);
  return {
    query: {
      q: (parameters.get('q') ?? '').slice(0, 200),
      status: choice('status', ['active', 'archived', 'all'], everyone.status),
      sort: choice('sort', ['name', 'updated', 'created'], everyone.sort),
      instructorId: /^(?:none|[\da-f-]{36})$/.test(instructor) ? instructor : '',
    },
    rows: Number.isInteger(rows) ? Math.min(Math.max(rows, pageSize), rowsMax) : pageSize,
  };
}

/** Whether two queries are the same. */
export function sameQuery(one: ListQuery, other: ListQuery): boolean {
  return (
    one.q === other.q &&
    one.status === other.status &&
    one.sort === other.sort &&
    one.instructorId === other.instructorId
  );
}
