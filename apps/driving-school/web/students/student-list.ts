import { signal } from '@preact/signals';
import type { StudentList, StudentSummary } from '../../contract/students.ts';
import { api } from '../api.ts';
import { type Failure, failureOf } from '../failure.ts';
import { rewriteAddress } from '../navigation.ts';
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

/** The answer that is on the page, and the question that it answers. */
interface Shown extends Omit<StudentList, 'data'> {
  readonly students: readonly StudentSummary[];
  readonly query: ListQuery;
}

/** The most rows of one answer; see `listLimitMax` of the contract, which would bring zod along. */
const listLimitMax = 200;
/** How long the typing must rest before it is searched for, in milliseconds. */
const restMs = 180;

// Kept beside the page, so that coming back from a record finds the list as it was, at once.
export const query = signal<ListQuery>(everyone);
export const shown = signal<Shown | undefined>(undefined);
export const loading = signal<'no' | 'search' | 'more'>('no');
export const failure = signal<Failure | undefined>(undefined);
/** Where the list is that was shown last: a record's way back. */
export const listPath = signal('/');

let rows = pageSize;
let running: AbortController | undefined;
let resting: ReturnType<typeof setTimeout> | undefined;

/** Shows the list that the address asks for: at once when it is still here, and read again behind that. */
export async function openList(parameters: URLSearchParams): Promise<void> {
  const wanted = listOfAddress(parameters);
  const sameAsShown = shown.value !== undefined && sameQuery(shown.value.query, wanted.query);
  // A licence number is not in the address: coming back to the list finds it here.
  const kept = query.value.q !== '' && listAddress(query.value, wanted.rows) === listAddress(wanted.query, wanted.rows);
  if (!kept) query.value = wanted.query;
  if (!kept && !sameAsShown) shown.value = undefined;
  rows = wanted.rows;
  listPath.value = listAddress(query.value, rows);
  await load();
}

/** Takes what is typed and searches when the typing rests. The old list stays until the new one is there. */
export function typeSearch(q: string): void {
  ask({ q });
  clearTimeout(resting);
  resting = setTimeout(() => void load(), q === '' ? 0 : restMs);
}

/** Searches at once. */
export function filterByStatus(status: StatusFilter): void {
  ask({ status });
  void load();
}

/** Searches at once. */
export function filterByInstructor(instructorId: string): void {
  ask({ instructorId });
  void load();
}

/** Reads the list in another order, from its beginning. */
export function orderBy(sort: ListOrder): void {
  ask({ sort });
  void load();
}

/** Does not wait for the typing to rest. */
export async function searchNow(): Promise<void> {
  if (isCurrent()) return;
  clearTimeout(resting);
  await load();
}

/** Whether the list on the page answers what is in the search field. */
export function isCurrent(): boolean {
  const of = shown.value?.query;
  return of !== undefined && sameQuery(of, query.value);
}

/** Asks for the first page, and for as many more as were shown. An answer to an older question is dropped. */
export async function load(): Promise<void> {
  clearTimeout(resting);
  running?.abort();
  const mine = new AbortController();
  running = mine;
  const asked = query.value;
  loading.value = 'search';
  try {
    let list = await readPage(asked, { limit: Math.min(rows, listLimitMax), signal: mine.signal });
    while (list.students.length < rows && list.next_cursor !== null) {
      const limit = Math.min(rows - list.students.length, listLimitMax);
      list = joined(list, await readPage(asked, { limit, cursor: list.next_cursor, signal: mine.signal }));
    }
    shown.value = list;
    failure.value = undefined;
  } catch (error) {
    if (mine.signal.aborted) return;
    failure.value = failureOf(error);
  } finally {
    if (running === mine) loading.value = 'no';
  }
}

/** Adds the next page to the list. Gives how many came. */
export async function loadMore(): Promise<number> {
  const before = shown.value;
  if (before === undefined || before.next_cursor === null || loading.value !== 'no') return 0;
  const mine = new AbortController();
  running = mine;
  loading.value = 'more';
  try {
    const page = await readPage(before.query, { limit: pageSize, cursor: before.next_cursor, signal: mine.signal });
    const after = joined(before, page);
    shown.value = after;
    failure.value = undefined;
    rows = Math.ceil(after.students.length / pageSize) * pageSize;
    writeAddress();
    return after.students.length - before.students.length;
  } catch (error) {
    if (!mine.signal.aborted) failure.value = failureOf(error);
    return 0;
  } finally {
    if (running === mine) loading.value = 'no';
  }
}

/** Nothing of one person's list is left for the next one at the same screen. */
export function forgetStudentList(): void {
  running?.abort();
  query.value = everyone;
  shown.value = undefined;
  failure.value = undefined;
  loading.value = 'no';
  listPath.value = '/';
  rows = pageSize;
}

function ask(change: Partial<ListQuery>): void {
  query.value = { ...query.value, ...change };
  rows = pageSize;
  writeAddress();
}

function writeAddress(): void {
  listPath.value = listAddress(query.value, rows);
  rewriteAddress(listPath.value);
}

async function readPage(
  asked: ListQuery,
  { limit, cursor, signal: stop }: { limit: number; cursor?: string; signal: AbortSignal },
): Promise<Shown> {
  const { q, status, sort, instructorId } = asked;
  const text = q.trim();
  const { body } = await api.students(
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
  const { data, ...rest } = body;
  return { ...rest, students: data, query: asked };
}

function joined(before: Shown, page: Shown): Shown {
  // A student who was renamed between two pages may come twice.
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
