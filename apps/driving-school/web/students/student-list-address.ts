import { mustNotBeInAddress } from './search-text.ts';

/** The status of the students to show. */
export type StatusFilter = 'active' | 'archived' | 'all';
/** The order of the list. */
export type ListOrder = 'name' | 'updated' | 'created';

/** Filters and order of the list. */
export interface ListQuery {
  readonly q: string;
  readonly status: StatusFilter;
  readonly sort: ListOrder;
  /** An instructor's ID, `none` for students without one, or empty for all. */
  readonly instructorId: string;
}

export const pageSize = 50;
/** Maximum number of rows in an address. */
const rowsMax = 2_000;

export const everyone: ListQuery = { q: '', status: 'active', sort: 'name', instructorId: '' };

/**
 * The address of a list, by which a reload or the Back button restores it. Omits a licence number, because addresses are
 * kept in histories and logs.
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
  return search === '' ? '/students' : `/students?${search}`;
}

/** Reads the list of an address. Ignores invalid parameters. */
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
