import {
  announce,
  Badge,
  Banner,
  Button,
  type Column,
  EmptyState,
  LinkButton,
  PageHeader,
  ProgressLine,
  RelativeTime,
  SearchField,
  Segments,
  SelectField,
  Skeleton,
  Table,
} from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ageInYears, formatPhone } from '../../contract/parsers.ts';
import type { StudentSummary } from '../../contract/students.ts';
import { CopyAge } from '../copy-age.tsx';
import { currentSearch, navigate, restoreScroll, visits } from '../navigation.ts';
import { usePageTitle } from '../page-title.ts';
import { availability, closedReason, mayWrite, refreshAfterOutage, user } from '../session.ts';
import { WritingLink } from '../writing-link.tsx';
import { type Instructor, instructorsFor } from './instructors.ts';
import {
  failure,
  filterByInstructor,
  filterByStatus,
  isCurrent,
  load,
  loading,
  loadMore,
  openList,
  orderBy,
  query,
  searchNow,
  shown,
  typeSearch,
} from './student-list.ts';
import type { ListOrder, StatusFilter } from './student-list-address.ts';
import { countText, dayText, licenceClassText, todayHere } from './student-text.ts';

const statusOptions: readonly { readonly value: StatusFilter; readonly label: string }[] = [
  { value: 'active', label: 'Active' },
  { value: 'archived', label: 'Archived' },
  { value: 'all', label: 'All' },
];

const orderOptions: readonly { readonly value: ListOrder; readonly label: string }[] = [
  { value: 'name', label: 'Name' },
  { value: 'updated', label: 'Last change' },
  { value: 'created', label: 'Newest' },
];

/** Finding a student: by typing, with or without the mouse. */
export function StudentListPage(): JSX.Element {
  usePageTitle('Students');
  const searchRef = useRef<HTMLInputElement>(null);
  const resultsRef = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let left = false;
    void openList(currentSearch()).then(() => {
      if (!left) restoreScroll();
    });
    return () => {
      left = true;
    };
  }, [visits.value]);
  useEffect(() => {
    return refreshAfterOutage(async () => {
      await load();
      return shown.value?.stale === true || failure.value !== undefined ? 'copy' : 'live';
    });
  }, []);

  const list = shown.value;
  const summary =
    list === undefined
      ? ''
      : countText({
          count: list.students.length,
          total: list.total,
          more: list.next_cursor !== null,
          complete: list.complete,
          searched: list.query.q !== '',
        });
  useEffect(() => {
    if (summary !== '' && list?.query.q !== '') announce(summary);
  }, [summary, list?.query.q]);

  const waiting = failure.value !== undefined && availability.value.state !== 'live' && !isCurrent();

  const links = (): HTMLAnchorElement[] => [
    ...(resultsRef.current?.querySelectorAll<HTMLAnchorElement>('tbody th a') ?? []),
  ];
  const onSearchKey = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      links()[0]?.focus();
    } else if (event.key === 'Escape' && query.value.q !== '') {
      event.preventDefault();
      typeSearch('');
    } else if (event.key === 'Enter') {
      event.preventDefault();
      void openOnly();
    }
  };
  /** Enter opens the student when there is just one, and otherwise goes to the first of them. */
  const openOnly = async (): Promise<void> => {
    await searchNow();
    if (!isCurrent() || query.value.q === '') return;
    const [only, ...others] = shown.value?.students ?? [];
    if (only !== undefined && others.length === 0) navigate(`/students/${only.id}`);
    else requestAnimationFrame(() => links()[0]?.focus());
  };
  const onResultsKey = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const all = links();
    const at = all.findIndex((link) => link === document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    const next = event.key === 'ArrowDown' ? all[at + 1] : all[at - 1];
    if (next !== undefined) next.focus();
    else if (event.key === 'ArrowUp') searchRef.current?.focus();
  };

  return (
    <div class="page">
      <PageHeader
        title="Students"
        description={mayWrite.value ? closedReason.value : undefined}
        actions={
          mayWrite.value ? (
            <>
              <WritingLink href="/students/import" icon="upload">
                Import
              </WritingLink>
              <WritingLink href="/students/new" variant="primary" icon="plus">
                New student
              </WritingLink>
            </>
          ) : undefined
        }
      />
      <div class="stack list-stack">
        <div class="toolbar">
          <SearchField
            label={`Search students. ${searchHint()}`}
            placeholder="Search students"
            value={query.value.q}
            inputRef={searchRef}
            onInput={typeSearch}
            onKeyDown={onSearchKey}
          />
          <Segments
            label="Which students"
            value={query.value.status}
            options={statusOptions}
            onChange={filterByStatus}
          />
          <SelectField label="Sort by" value={query.value.sort} options={orderOptions} onChange={orderBy} />
          <InstructorFilter />
        </div>
        <p class="field-hint search-hint">{searchHint()}</p>
        <div class="list-line">
          <p class="muted" id="student-count">
            {waiting ? 'This list is from before the outage. The search continues when the server answers.' : summary}
          </p>
          {list?.stale === true && <CopyAge asOf={list.as_of} />}
        </div>
        {failure.value !== undefined && list !== undefined && availability.value.state === 'live' && (
          <Banner
            tone="warning"
            role="alert"
            title="The list could not be refreshed"
            actions={
              <Button size="small" onClick={() => void load()}>
                Try again
              </Button>
            }
          >
            <p>{failure.value.detail} The list below was read earlier.</p>
          </Banner>
        )}
        <div
          ref={resultsRef}
          class="table-frame student-results"
          aria-busy={loading.value !== 'no'}
          onKeyDown={onResultsKey}
        >
          <ProgressLine active={loading.value === 'search' && list !== undefined} />
          <Results />
        </div>
        {list !== undefined && list.next_cursor !== null && (
          <div class="list-more">
            <Button busy={loading.value === 'more'} onClick={() => void showMore()}>
              Show more
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}

/** What a search finds. */
function searchHint(): string {
  const everybody = 'Finds the beginnings of names, e-mail addresses, phone numbers and postal codes';
  return mayWrite.value ? `${everybody}, and whole licence numbers.` : `${everybody}.`;
}

/** Students of one instructor. Not offered to instructors, who see their own students alone. */
function InstructorFilter(): JSX.Element | null {
  const [instructors, setInstructors] = useState<readonly Instructor[]>([]);
  const role = user.value?.role;
  useEffect(() => {
    if (role === undefined) return undefined;
    const leaving = new AbortController();
    // Without the list there is no filter; the students are there all the same.
    instructorsFor(role, leaving.signal).then(
      (known) => setInstructors(known ?? []),
      () => setInstructors([]),
    );
    return () => leaving.abort();
  }, [role]);
  const { instructorId } = query.value;
  if (instructors.length === 0 && instructorId === '') return null;
  const options = [
    { value: '', label: 'All' },
    { value: 'none', label: 'Without instructor' },
    ...instructors.map(({ id, name }) => ({ value: id, label: name })),
  ];
  if (!options.some(({ value }) => value === instructorId)) options.push({ value: instructorId, label: 'Chosen' });
  return <SelectField label="Instructor" value={instructorId} options={options} onChange={filterByInstructor} />;
}

async function showMore(): Promise<void> {
  const added = await loadMore();
  if (added > 0) announce(`${added} more students shown`);
}

function Results(): JSX.Element {
  const list = shown.value;
  if (list === undefined) {
    return failure.value === undefined ? (
      <LoadingRows />
    ) : (
      <EmptyState
        icon="warning"
        title={failure.value.title}
        actions={<Button onClick={() => void load()}>Try again</Button>}
      >
        {failure.value.detail}
      </EmptyState>
    );
  }
  if (list.students.length === 0) return <NothingFound />;
  return (
    <Table
      caption="Students"
      hover
      columns={columnsFor(list.query.status)}
      rows={list.students}
      rowKey={({ id }) => id}
    />
  );
}

function NothingFound(): JSX.Element {
  const list = shown.value;
  const { q, status, instructorId } = list?.query ?? query.value;
  if (list?.complete === false) {
    return (
      <EmptyState icon="clock" title={q === '' ? 'No copies on this server yet' : `No copy matches “${q}”`}>
        While the database can’t be reached, only students that were opened before can be found. This student may exist:
        search again when the banner is gone.
      </EmptyState>
    );
  }
  if (q !== '') {
    return (
      <EmptyState
        title={`Nobody matches “${q}”`}
        actions={
          <>
            <Button onClick={() => typeSearch('')}>Clear search</Button>
            {status !== 'all' && <Button onClick={() => filterByStatus('all')}>Search archived students too</Button>}
          </>
        }
      >
        Try fewer letters, or the phone number. {searchHint()}
      </EmptyState>
    );
  }
  if (instructorId !== '') {
    return (
      <EmptyState
        icon="student"
        title="No students here"
        actions={<Button onClick={() => filterByInstructor('')}>Show students of all instructors</Button>}
      >
        No student matches the filter by instructor.
      </EmptyState>
    );
  }
  if (status === 'archived') {
    return (
      <EmptyState icon="student" title="No archived students">
        Archived students are kept here with everything on their record.
      </EmptyState>
    );
  }
  if (user.value?.role === 'instructor') {
    return (
      <EmptyState icon="student" title="No students are assigned to you yet">
        The office assigns students to instructors. They appear here as soon as that is done.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="student"
      title="No students yet"
      actions={
        <>
          <LinkButton href="/students/import" icon="upload">
            Import a file
          </LinkButton>
          <LinkButton href="/students/new" variant="primary" icon="plus">
            Add a student
          </LinkButton>
        </>
      }
    >
      Add the first student, or bring in all of them from a spreadsheet.
    </EmptyState>
  );
}

function columnsFor(status: StatusFilter): readonly Column<StudentSummary>[] {
  const today = todayHere(new Date());
  const columns: Column<StudentSummary>[] = [
    {
      key: 'name',
      header: 'Name',
      cell: (student) => (
        <span class="student-name">
          <a class="row-link" href={`/students/${student.id}`}>
            {student.display_name}
          </a>
          {student.preferred_name !== null && <span class="muted">“{student.preferred_name}”</span>}
          {status !== 'active' && student.status === 'archived' && <Badge shape="dotted">Archived</Badge>}
        </span>
      ),
    },
    {
      key: 'phone',
      header: 'Phone',
      fit: true,
      plain: true,
      isEmpty: ({ phone }) => phone === null,
      cell: ({ phone }) => (phone === null ? <Nothing /> : <span class="numbers">{formatPhone(phone)}</span>),
    },
    {
      key: 'birth',
      header: 'Born',
      fit: true,
      wideOnly: true,
      cell: ({ birth_date: bornOn }) => (
        <span class="numbers">
          {dayText(bornOn)} <span class="muted">({ageInYears(bornOn, today)})</span>
        </span>
      ),
    },
    {
      key: 'licence',
      header: 'Licence',
      fit: true,
      plain: true,
      cell: ({ licence_class: licenceClass }) =>
        licenceClass === 'none' ? (
          <span class="muted">{licenceClassText(licenceClass)}</span>
        ) : (
          <Badge>{licenceClass}</Badge>
        ),
    },
  ];
  if (user.value?.role !== 'instructor') {
    columns.push({
      key: 'instructor',
      header: 'Instructor',
      wideOnly: true,
      isEmpty: ({ instructor_name: name }) => name === null,
      cell: ({ instructor_name: name }) => name ?? <Nothing />,
    });
  }
  columns.push({
    key: 'updated',
    header: 'Changed',
    fit: true,
    wideOnly: true,
    cell: ({ updated_at: updatedAt }) => (
      <span class="muted">
        <RelativeTime instant={updatedAt} />
      </span>
    ),
  });
  return columns;
}

function Nothing(): JSX.Element {
  return (
    <span class="muted">
      <span aria-hidden="true">–</span>
      <span class="visually-hidden">Not recorded</span>
    </span>
  );
}

function LoadingRows(): JSX.Element {
  return (
    <div class="loading-rows" role="status">
      <span class="visually-hidden">Reading students…</span>
      {['42%', '55%', '38%', '49%', '44%', '58%', '36%', '51%'].map((width) => (
        <div key={width}>
          <Skeleton width={width} />
          <Skeleton width="5rem" />
        </div>
      ))}
    </div>
  );
}
