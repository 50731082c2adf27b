import { computed, signal } from '@preact/signals';
import type { FoundLesson, FoundStudent, SearchAnswer } from '../../contract/search.ts';
import { api } from '../api.ts';
import { type Failure, failureOf } from '../failure.ts';

/** Delay between the last key and the search, in milliseconds: a fast typist sends one request a word. */
const debounceMs = 120;
/** Results that were opened last and are shown before anything is typed. */
const recentMax = 6;

/** One line of the results. */
export type SearchResult =
  | { readonly kind: 'student'; readonly student: FoundStudent }
  | { readonly kind: 'lesson'; readonly lesson: FoundLesson };

/** Whether the dialog is open. */
export const isSearchOpen = signal(false);
/** The text in the field. */
export const searchText = signal('');
/** The text that was searched for, with the answer. */
const found = signal<{ readonly text: string; readonly answer: SearchAnswer } | undefined>(undefined);
export const searchFailure = signal<Failure | undefined>(undefined);
export const isSearching = signal(false);
/** In memory only: the next user of this screen must not see it. */
const recent = signal<readonly SearchResult[]>([]);

/** The answer that is shown. While a new one loads, the earlier one stays. */
export const searchAnswer = computed(() => (searchText.value.trim() === '' ? undefined : found.value?.answer));

/** The lines to choose from: the results or, without a text, those opened last. */
export const searchResults = computed<readonly SearchResult[]>(() => {
  if (searchText.value.trim() === '') return recent.value;
  const data = searchAnswer.value?.data;
  if (data === undefined) return [];
  return [
    ...data.students.map((student): SearchResult => ({ kind: 'student', student })),
    ...data.lessons.map((lesson): SearchResult => ({ kind: 'lesson', lesson })),
  ];
});

let timer: ReturnType<typeof setTimeout> | undefined;
let request: AbortController | undefined;

/** Opens the dialog with an empty field. */
export function openSearch(): void {
  reset();
  isSearchOpen.value = true;
}

export function closeSearch(): void {
  isSearchOpen.value = false;
  reset();
}

/** Sets the text and searches soon. */
export function typeSearchText(text: string): void {
  searchText.value = text;
  searchFailure.value = undefined;
  clearTimeout(timer);
  request?.abort();
  isSearching.value = text.trim() !== '' && !isCurrent();
  if (isSearching.value) timer = setTimeout(() => void run(), debounceMs);
}

/** Searches now, unless the results are those of the text. @returns whether they are now */
export async function searchNow(): Promise<boolean> {
  if (searchText.value.trim() === '' || isCurrent()) return true;
  clearTimeout(timer);
  await run();
  return isCurrent();
}

/** Remembers a result that was opened. */
export function rememberResult(result: SearchResult): void {
  const others = recent.value.filter((known) => keyOf(known) !== keyOf(result));
  recent.value = [result, ...others].slice(0, recentMax);
}

/** Forgets everything. Call it when the user signs out. */
export function clearSearch(): void {
  closeSearch();
  recent.value = [];
}

/** The identity of a result. */
export function keyOf(result: SearchResult): string {
  return result.kind === 'student' ? `student-${result.student.id}` : `lesson-${result.lesson.id}`;
}

function isCurrent(): boolean {
  return found.value?.text === searchText.value.trim();
}

async function run(): Promise<void> {
  const text = searchText.value.trim();
  request?.abort();
  const own = new AbortController();
  request = own;
  isSearching.value = true;
  try {
    const answer = await api.search(text, own.signal);
    if (own.signal.aborted) return;
    found.value = { text, answer };
    searchFailure.value = undefined;
  } catch (error) {
    if (own.signal.aborted) return;
    searchFailure.value = failureOf(error);
  }
  isSearching.value = false;
}

function reset(): void {
  clearTimeout(timer);
  request?.abort();
  searchText.value = '';
  found.value = undefined;
  searchFailure.value = undefined;
  isSearching.value = false;
}
