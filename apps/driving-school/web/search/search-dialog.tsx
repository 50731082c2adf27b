import { Badge, Banner, Button, Icon } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { CopyAge } from '../copy-age.tsx';
import { navigate } from '../navigation.ts';
import { schoolDate } from '../school-clock.ts';
import { studentPage } from '../students/pages.ts';
import {
  closeSearch,
  isSearching,
  keyOf,
  rememberResult,
  searchAnswer,
  searchFailure,
  searchNow,
  searchResults,
  type SearchResult,
  searchText,
  typeSearchText,
} from './search-state.ts';
import { countsText, lessonDetails, lessonHref, lessonMark, lessonTimeText, studentDetails } from './search-text.ts';
import './search.css';

/** Finds students and lessons from anywhere. The field is a combobox: arrows choose, Enter opens, Escape closes. */
export function SearchDialog(): JSX.Element {
  const listId = useId();
  const dialogRef = useRef<HTMLDialogElement>(null);
  const [chosen, setChosen] = useState(0);
  const text = searchText.value;
  const answer = searchAnswer.value;
  const results = searchResults.value;
  const active = results[Math.min(chosen, results.length - 1)];

  // Before the next key: the first letter after `/` belongs to the field.
  useLayoutEffect(() => {
    const dialog = dialogRef.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      // The browser returns the focus only when a dialog is closed before it is removed.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  useEffect(() => setChosen(0), [answer, text === '']);
  useEffect(() => {
    if (active !== undefined) document.getElementById(optionId(listId, active))?.scrollIntoView({ block: 'nearest' });
  }, [active]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && results.length > 0) {
      event.preventDefault();
      setChosen((Math.min(chosen, results.length - 1) + step + results.length) % results.length);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      void openChosen();
    }
  };
  /** Opens the chosen result of the text in the field, not of an earlier one. */
  const openChosen = async (): Promise<void> => {
    const wasCurrent = !isSearching.value;
    if (!(await searchNow())) return;
    const shown = searchResults.value;
    const result = shown[wasCurrent ? Math.min(chosen, shown.length - 1) : 0];
    if (result !== undefined) open(result);
  };

  return (
    <dialog
      ref={dialogRef}
      class="search-dialog"
      aria-label="Search"
      onCancel={(event) => {
        event.preventDefault();
        closeSearch();
      }}
      onClick={(event) => {
        // The backdrop belongs to the dialog.
        if (event.target === dialogRef.current) closeSearch();
      }}
    >
      <div class="search-dialog-box">
        <div class="search-dialog-bar">
          <Icon name="search" />
          <input
            class="search-dialog-field"
            type="text"
            role="combobox"
            inputmode="search"
            enterkeyhint="go"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            autofocus
            aria-label="Search students and lessons"
            aria-autocomplete="list"
            aria-expanded={results.length > 0}
            aria-controls={listId}
            aria-activedescendant={active === undefined ? undefined : optionId(listId, active)}
            placeholder="Name, phone number, e-mail or lesson code"
            maxLength={100}
            value={text}
            onInput={(event) => typeSearchText(event.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
          <Button variant="quiet" icon="close" iconOnly onClick={closeSearch}>
            Close
          </Button>
        </div>
        <div class="search-dialog-results">
          <Notices />
          <div role="listbox" id={listId} aria-label={text.trim() === '' ? 'Opened last' : 'Results'}>
            <Group title={text.trim() === '' ? 'Opened last' : 'Students'} results={groupOf(results, 'student', text)}>
              {(result) => <Option key={keyOf(result)} {...{ listId, result, active }} />}
            </Group>
            {text.trim() !== '' && (
              <Group title="Lessons" results={results.filter(({ kind }) => kind === 'lesson')}>
                {(result) => <Option key={keyOf(result)} {...{ listId, result, active }} />}
              </Group>
            )}
          </div>
        </div>
        <p class="search-dialog-keys" aria-hidden="true">
          <span>
            <kbd>↑</kbd> <kbd>↓</kbd> choose
          </span>
          <span>
            <kbd>Enter</kbd> open
          </span>
          <span>
            <kbd>Esc</kbd> close
          </span>
        </p>
        {/* The page's live region is inert while the dialog is open. */}
        <div class="visually-hidden" role="status">
          {answer !== undefined && !isSearching.value ? countsText(answer) : ''}
        </div>
      </div>
    </dialog>
  );
}

function open(result: SearchResult): void {
  rememberResult(result);
  closeSearch();
  navigate(hrefOf(result));
}

/** Everything besides results: hints, failures, and the age of copies. */
function Notices(): JSX.Element | null {
  const text = searchText.value.trim();
  const answer = searchAnswer.value;
  const failure = searchFailure.value;
  if (failure !== undefined) {
    return (
      <Banner tone="danger" title={failure.title}>
        {failure.detail}
      </Banner>
    );
  }
  if (text === '') {
    if (searchResults.value.length > 0) return null;
    return (
      <p class="search-dialog-hint">
        Find a student by name, also with typing errors, by the last digits of the phone number or by e-mail address; a
        lesson by its code, such as L-7K3F, or by its student.
      </p>
    );
  }
  if (answer === undefined) return <p class="search-dialog-hint">Searching…</p>;
  const isEmpty = searchResults.value.length === 0;
  return (
    <>
      {!answer.complete && (
        <p class="search-dialog-copies">
          <CopyAge asOf={answer.as_of} />
          <span>The database is not answering: only students that were opened before are found.</span>
        </p>
      )}
      {isEmpty && !isSearching.value && (
        <p class="search-dialog-hint">
          Nothing matches “{text}”. Try fewer letters, or the last digits of the phone number.
        </p>
      )}
    </>
  );
}

function Group({
  title,
  results,
  children,
}: {
  readonly title: string;
  readonly results: readonly SearchResult[];
  readonly children: (result: SearchResult) => JSX.Element;
}): JSX.Element | null {
  const titleId = useId();
  if (results.length === 0) return null;
  return (
    <div role="group" aria-labelledby={titleId}>
      <div class="search-dialog-title" id={titleId}>
        {title}
      </div>
      {results.map(children)}
    </div>
  );
}

function Option({
  listId,
  result,
  active,
}: {
  readonly listId: string;
  readonly result: SearchResult;
  readonly active: SearchResult | undefined;
}): JSX.Element {
  return (
    <a
      class="search-option"
      id={optionId(listId, result)}
      role="option"
      aria-selected={active !== undefined && keyOf(active) === keyOf(result)}
      href={hrefOf(result)}
      tabIndex={-1}
      onClick={(event) => {
        // With a modifier key, the browser opens a tab.
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        open(result);
      }}
    >
      {result.kind === 'student' ? <StudentLine {...result} /> : <LessonLine {...result} />}
    </a>
  );
}

function StudentLine({ student }: Extract<SearchResult, { readonly kind: 'student' }>): JSX.Element {
  return (
    <>
      <Icon name="student" />
      <span class="search-option-text">
        <span class="search-option-name">
          {student.display_name}
          {student.preferred_name !== null && <span class="muted"> “{student.preferred_name}”</span>}
        </span>
        <span class="search-option-details">{studentDetails(student)}</span>
      </span>
      {student.match.kind === 'similar' && <span class="search-option-match">Similar name</span>}
      {student.status === 'archived' && <Badge shape="dotted">Archived</Badge>}
    </>
  );
}

function LessonLine({ lesson }: Extract<SearchResult, { readonly kind: 'lesson' }>): JSX.Element {
  const mark = lessonMark(lesson);
  return (
    <>
      <Icon name="clock" />
      <span class="search-option-text">
        <span class="search-option-name">
          {lessonTimeText(lesson.local_start, schoolDate().getFullYear())} · {lesson.student_name}
        </span>
        <span class="search-option-details">{lessonDetails(lesson)}</span>
      </span>
      {mark !== undefined && <Badge shape="dotted">{mark}</Badge>}
    </>
  );
}

/** Without a text, all results are one group. */
function groupOf(results: readonly SearchResult[], kind: SearchResult['kind'], text: string): readonly SearchResult[] {
  return text.trim() === '' ? results : results.filter((result) => result.kind === kind);
}

function hrefOf(result: SearchResult): string {
  return result.kind === 'student' ? studentPage.href({ studentId: result.student.id }) : lessonHref(result.lesson);
}

function optionId(listId: string, result: SearchResult): string {
  return `${listId}-${keyOf(result)}`;
}
