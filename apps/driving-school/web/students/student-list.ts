import { signal } from '@preact/signals';
import type { StudentList, StudentSummary } from '../../contract/students.ts';
import { api } from '../api.ts';
import { rewriteAddress } from '../navigation.ts';
import { Resource } from '../platform/resource.ts';
import {
  everyone,
  listAddress,
  listOfAddress,
  type ListOrder,
  type ListQuery,
  pageSize,
  sameQuery,
  type StatusFilter,
} from './student-list-address.ts';

/** Students and the query that found them. */
interface FoundStudents extends Omit<StudentList, 'data'> {
  readonly students: readonly StudentSummary[];
  readonly query: ListQuery;
}

/** Maximum number of rows per request. Not imported from the contract, which would load Zod. */
const listLimitMax = 200;
/** Delay of the search after the last key press, in milliseconds. */
const typingPauseMs = 180;

// Outside the page, so that the list is still there when the user returns from a record.
export const query = signal<ListQuery>(everyone);
/** The last result. Kept until the next one is loaded. */
export const list = new Resource<FoundStudents>(loadRows);
/** The address of the last list, for a record's back link. */
export const listPath = signal('/students');

let rows = pageSize;
let typingPause: ReturnType<typeof setTimeout> | undefined;

/** Shows the list at an address: immediately if it is still loaded. Reloads it in any case. */
export async function openList(parameters: URLSearchParams): Promise<void> {
  const wanted = listOfAddress(parameters);
  const isLoaded = list.value !== undefined && sameQuery(list.value.query, wanted.query);
  // A licence number is not in the address: returning to the list keeps the query.
  const kept = query.value.q !== '' && listAddress(query.value, wanted.rows) === listAddress(wanted.query, wanted.rows);
  if (!kept) query.value = wanted.query;
  if (!kept && !isLoaded) list.clear();
  rows = wanted.rows;
  listPath.value = listAddress(query.value, rows);
  await load();
}

/** Sets the search text and searches when the user stops typing. */
export function typeSearch(q: string): void {
  change({ q });
  clearTimeout(typingPause);
  typingPause = setTimeout(() => void load(), q === '' ? 0 : typingPauseMs);
}

export function filterByStatus(status: StatusFilter): void {
  change({ status });
  void load();
}

export function filterByInstructor(instructorId: string): void {
  change({ instructorId });
  void load();
}

export function orderBy(sort: ListOrder): void {
  change({ sort });
  void load();
}

/** Searches without waiting for the user to stop typing. */
export async function searchNow(): Promise<void> {
  if (!isCurrent()) await load();
}

/** Whether the list is the result of the current query. */
export function isCurrent(): boolean {
  return list.value !== undefined && sameQuery(list.value.query, query.value);
}

/** Loads the same number of rows as shown. */
export function load(): ReturnType<typeof list.load> {
  clearTimeout(typingPause);
  return list.load();
}

/**
 * Adds the next page to the list.
 *
 * @returns the number of students added
 */
export async function loadMore(): Promise<number> {
  const before = list.value;
  if (before === undefined || before.next_cursor === null) return 0;
  const cursor = before.next_cursor;
  await list.loadMore(async (shown, stop) =>
    joined(shown, await loadPage(shown.query, { limit: pageSize, cursor, signal: stop })),
  );
  const added = (list.value?.students.length ?? 0) - before.students.length;
  if (added > 0) {
    rows = Math.ceil((before.students.length + added) / pageSize) * pageSize;
    writeAddress();
  }
  return added;
}

/** Removes the list and the search, so that the next user of this screen can't see them. */
export function clearStudentList(): void {
  list.clear();
  query.value = everyone;
  listPath.value = '/students';
  rows = pageSize;
}

function change(part: Partial<ListQuery>): void {
  query.value = { ...query.value, ...part };
  rows = pageSize;
  writeAddress();
}

function writeAddress(): void {
  listPath.value = listAddress(query.value, rows);
  rewriteAddress(listPath.value);
}

async function loadRows(stop: AbortSignal): Promise<FoundStudents> {
  const wanted = query.value;
  let found = await loadPage(wanted, { limit: Math.min(rows, listLimitMax), signal: stop });
  while (found.students.length < rows && found.next_cursor !== null) {
    const limit = Math.min(rows - found.students.length, listLimitMax);
    found = joined(found, await loadPage(wanted, { limit, cursor: found.next_cursor, signal: stop }));
  }
  return found;
}

async function loadPage(
  wanted: ListQuery,
  { limit, cursor, signal: stop }: { limit: number; cursor?: string; signal: AbortSignal },
): Promise<FoundStudents> {
  const { q, status, sort, instructorId } = wanted;
  const text = q.trim();
  const { data, ...rest } = await api.students(
    {
      ...(text !== '' && { q: text }),
      ...(instructorId !== '' && { instructor_id: instructorId }),
      ...(cursor !== undefined && { cursor }),
      status,
      sort,
      limit,
    },
    stop,
  );
  return { ...rest, students: data, query: wanted };
}

function joined(before: FoundStudents, page: FoundStudents): FoundStudents {
  // A student who was renamed between two pages can be in both.
  const known = new Set(before.students.map(({ id }) => id));
  return {
    ...page,
    total: before.total,
    stale: before.stale || page.stale,
    complete: before.complete && page.complete,
    as_of: before.as_of < page.as_of ? before.as_of : page.as_of,
    students: [...before.students, ...page.students.filter(({ id }) => !known.has(id))],
  };
}
