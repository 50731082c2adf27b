import {
  announce,
  Badge,
  Button,
  type Column,
  EmptyState,
  LinkButton,
  PageHeader,
  RelativeTime,
  SearchField,
  Segments,
  SelectField,
  Table,
} from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ageInYears, formatPhone } from '../../contract/parsers.ts';
import type { StudentSummary } from '../../contract/students.ts';
import { CopyAge } from '../copy-age.tsx';
import { currentSearch, navigate, navigationCount, restoreScroll } from '../navigation.ts';
import { RefreshFailure, ResourceTable } from '../platform/resource-view.tsx';
import { SkeletonRows } from '../platform/skeletons.tsx';
import { useResource } from '../platform/use-resource.ts';
import { schoolDate } from '../school-clock.ts';
import { availability, disabledReason, mayWrite, refreshAfterOutage, user } from '../session.ts';
import { WritingLink } from '../writing-link.tsx';
import { instructorsFor } from './instructors.ts';
import { studentImportPage, studentNewPage, studentPage } from './pages.ts';
import {
  filterByInstructor,
  filterByStatus,
  isCurrent,
  list,
  load,
  loadMore,
  openList,
  orderBy,
  query,
  searchNow,
  typeSearch,
} from './student-list.ts';
import type { ListOrder, StatusFilter } from './student-list-address.ts';
import { countText, dayText, licenceClassText, todayHere } from './student-text.ts';
import './students.css';

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

/** The list of students, with search and filters. Can be used with the keyboard only. */
export function StudentListPage(): JSX.Element {
  const searchRef = useRef<HTMLInputElement>(null);
  const resultsRef = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let isOpen = true;
    void openList(currentSearch()).then(() => {
      if (isOpen) restoreScroll();
    });
    return () => {
      isOpen = false;
    };
  }, [navigationCount.value]);
  useEffect(() => refreshAfterOutage(load), []);

  const found = list.value;
  const summary =
    found === undefined
      ? ''
      : countText({
          count: found.students.length,
          total: found.total,
          more: found.next_cursor !== null,
          complete: found.complete,
          searched: found.query.q !== '',
        });
  useEffect(() => {
    if (summary !== '' && found?.query.q !== '') announce(summary);
  }, [summary, found?.query.q]);

  const isOutdated = list.failure !== undefined && availability.value.state !== 'live' && !isCurrent();

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
  /** Opens the student if only one was found, otherwise focuses the first. */
  const openOnly = async (): Promise<void> => {
    await searchNow();
    if (!isCurrent() || query.value.q === '') return;
    const [only, ...others] = list.value?.students ?? [];
    if (only !== undefined && others.length === 0) navigate(studentPage.href({ studentId: only.id }));
    else requestAnimationFrame(() => links()[0]?.focus());
  };
  const onResultsKey = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const all = links();
    const index = all.findIndex((link) => link === document.activeElement);
    if (index < 0) return;
    event.preventDefault();
    const next = event.key === 'ArrowDown' ? all[index + 1] : all[index - 1];
    if (next !== undefined) next.focus();
    else if (event.key === 'ArrowUp') searchRef.current?.focus();
  };

  return (
    <div class="page">
      <PageHeader
        title="Students"
        description={mayWrite.value ? disabledReason.value : undefined}
        actions={
          mayWrite.value ? (
            <>
              <WritingLink href={studentImportPage.href()} icon="upload">
                Import
              </WritingLink>
              <WritingLink href={studentNewPage.href()} variant="primary" icon="plus">
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
            shortcut={false}
            onInput={typeSearch}
            onKeyDown={onSearchKey}
          />
          <Segments label="Status" value={query.value.status} options={statusOptions} onChange={filterByStatus} />
          <SelectField label="Sort by" value={query.value.sort} options={orderOptions} onChange={orderBy} />
          <InstructorFilter />
        </div>
        <p class="field-hint search-hint">{searchHint()}</p>
        <div class="list-line">
          <p class="muted" id="student-count">
            {isOutdated
              ? 'This list is from before the outage. Your search runs when the server answers again.'
              : summary}
          </p>
          {list.copyAsOf !== undefined && <CopyAge asOf={list.copyAsOf} />}
        </div>
        <RefreshFailure resource={list} title="The list could not be refreshed" />
        <div ref={resultsRef} onKeyDown={onResultsKey}>
          <ResourceTable
            class="student-results"
            resource={list}
            name="The list of students"
            skeleton={<SkeletonRows rows={8} />}
            empty={({ students }) => students.length === 0 && <NothingFound />}
          >
            {({ students, query: { status } }) => (
              <Table caption="Students" hover columns={columnsFor(status)} rows={students} rowKey={({ id }) => id} />
            )}
          </ResourceTable>
        </div>
        {found !== undefined && found.next_cursor !== null && (
          <div class="list-more">
            <Button busy={list.loadingMore} onClick={() => void showMore()}>
              Show more
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}

/** The hint of the search. */
function searchHint(): string {
  const common = 'Finds names, e-mail addresses, phone numbers and postal codes by their first characters';
  return mayWrite.value ? `${common}, and whole licence numbers.` : `${common}.`;
}

/** Shows the students of one instructor. Not for instructors, who see only their own students. */
function InstructorFilter(): JSX.Element | null {
  const role = user.value?.role;
  // If the instructors can't be loaded, there is no filter.
  const { value: instructors = [] } = useResource(
    async (signal) => (role === undefined ? undefined : instructorsFor(role, signal)),
    [role],
  );
  const { instructorId } = query.value;
  if (instructors.length === 0 && instructorId === '') return null;
  const options = [
    { value: '', label: 'All' },
    { value: 'none', label: 'Without instructor' },
    ...instructors.map(({ id, name }) => ({ value: id, label: name })),
  ];
  if (!options.some(({ value }) => value === instructorId)) options.push({ value: instructorId, label: 'Selected' });
  return <SelectField label="Instructor" value={instructorId} options={options} onChange={filterByInstructor} />;
}

async function showMore(): Promise<void> {
  const added = await loadMore();
  if (added > 0) announce(`${added} more students shown`);
}

function NothingFound(): JSX.Element {
  const { q, status, instructorId } = list.value?.query ?? query.value;
  if (list.value?.complete === false) {
    return (
      <EmptyState icon="clock" title={q === '' ? 'No copies on this server yet' : `No copy matches “${q}”`}>
        During the outage, the search finds only students that were opened before. Search again after the outage.
      </EmptyState>
    );
  }
  if (q !== '') {
    return (
      <EmptyState
        title={`No students match “${q}”`}
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
        Archived students are listed here, with their whole record.
      </EmptyState>
    );
  }
  if (user.value?.role === 'instructor') {
    return (
      <EmptyState icon="student" title="No students are assigned to you yet">
        Students appear here when the office assigns them to you.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="student"
      title="No students yet"
      actions={
        <>
          <LinkButton href={studentImportPage.href()} icon="upload">
            Import a file
          </LinkButton>
          <LinkButton href={studentNewPage.href()} variant="primary" icon="plus">
            Add a student
          </LinkButton>
        </>
      }
    >
      Add the first student, or import students from a spreadsheet.
    </EmptyState>
  );
}

function columnsFor(status: StatusFilter): readonly Column<StudentSummary>[] {
  const today = todayHere(schoolDate());
  const columns: Column<StudentSummary>[] = [
    {
      key: 'name',
      header: 'Name',
      cell: (student) => (
        <span class="student-name">
          <a class="row-link" href={studentPage.href({ studentId: student.id })}>
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
      cell: ({ phone }) => (phone === null ? <NotRecorded /> : <span class="numbers">{formatPhone(phone)}</span>),
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
      class: 'student-instructor',
      wideOnly: true,
      isEmpty: ({ instructor_name: name }) => name === null,
      cell: ({ instructor_name: name }) => name ?? <NotRecorded />,
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

function NotRecorded(): JSX.Element {
  return (
    <span class="muted">
      <span aria-hidden="true">–</span>
      <span class="visually-hidden">Not recorded</span>
    </span>
  );
}
