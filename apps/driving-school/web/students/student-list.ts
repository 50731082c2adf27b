import { signal } from '@preact/signals';
import type { StudentList, StudentSummary } from '../../contract/students.ts';
import { api } from '../api.ts';
import { type Failure, failureOf } from '../failure.ts';

/** Which students are looked for. */
export type StatusFilter = 'active' | 'archived' | 'all';

interface Query {
  readonly q: string;
  readonly status: StatusFilter;
}

/** The answer that is on the page, and the question that it answers. */
interface Shown extends Omit<StudentList, 'data'> {
  readonly students: readonly StudentSummary[];
  readonly query: Query;
}

/** How long the typing must rest before it is searched for, in milliseconds. */
const restMs = 180;
const pageSize = 50;

// Kept beside the page, so that coming back from a record finds the list as it was. Search texts are names: they are
// not written into the address.
export const query = signal<Query>({ q: '', status: 'active' });
export const shown = signal<Shown | undefined>(undefined);
export const loading = signal<'no' | 'search' | 'more'>('no');
export const failure = signal<Failure | undefined>(undefined);

let running: AbortController | undefined;
let resting: ReturnType<typeof setTimeout> | undefined;

/** Takes what is typed and searches when the typing rests. The old list stays until the new one is there. */
export function typeSearch(q: string): void {
  query.value = { ...query.value, q };
  clearTimeout(resting);
  resting = setTimeout(() => void load(), q === '' ? 0 : restMs);
}

/** Searches at once. */
export function filterByStatus(status: StatusFilter): void {
  query.value = { ...query.value, status };
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
  return of !== undefined && of.q === query.value.q && of.status === query.value.status;
}

/** Asks for the first page. An answer to an older question is dropped. */
export async function load(): Promise<void> {
  clearTimeout(resting);
  running?.abort();
  const mine = new AbortController();
  running = mine;
  const asked = query.value;
  loading.value = 'search';
  try {
    const { body } = await api.students(parameters(asked), mine.signal);
    const { data, ...rest } = body;
    shown.value = { ...rest, students: data, query: asked };
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
    const { body } = await api.students({ ...parameters(before.query), cursor: before.next_cursor }, mine.signal);
    const { data, ...rest } = body;
    // A student who was renamed between two pages may come twice.
    const known = new Set(before.students.map(({ id }) => id));
    const added = data.filter(({ id }) => !known.has(id));
    shown.value = {
      ...rest,
      stale: before.stale || rest.stale,
      complete: before.complete && rest.complete,
      as_of: before.as_of < rest.as_of ? before.as_of : rest.as_of,
      students: [...before.students, ...added],
      query: before.query,
    };
    failure.value = undefined;
    return added.length;
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
  query.value = { q: '', status: 'active' };
  shown.value = undefined;
  failure.value = undefined;
  loading.value = 'no';
}

function parameters({ q, status }: Query): { q?: string; status: StatusFilter; limit: number } {
  const text = q.trim();
  return { ...(text !== '' && { q: text }), status, limit: pageSize };
}
