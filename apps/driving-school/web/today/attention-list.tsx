import { Badge, Card } from '@dualbrake/kit';
import type { ComponentChildren, JSX } from 'preact';
import { type Attention, courseEndDaysAhead } from '../../contract/attention.ts';
import type { Expiry } from '../../contract/compliance.ts';
import { localStart } from '../../contract/local-time.ts';
import { lengthText } from '../../contract/rule-numbers.ts';
import { dayText, wallTimeText } from '../day-text.ts';
import { studentPage } from '../students/pages.ts';

/** Rows of one kind before the rest is only counted. */
const rowsMax = 5;

/** Everything that needs attention, grouped by kind. */
export function AttentionList({
  attention,
  stale,
  zone,
}: {
  readonly attention: Attention | undefined;
  readonly stale: boolean;
  /** The school's zone. */
  readonly zone: string;
}): JSX.Element {
  if (attention === undefined) {
    return (
      <Card title="Needs attention">
        <p>
          {stale
            ? 'This list needs the database, which is not answering. It comes back when the database does.'
            : 'This list can’t be shown right now. It is loaded again in a minute.'}
        </p>
      </Card>
    );
  }
  const { expiries, minors_without_guardian: minors, courses_ending: courses, road_tests: tests } = attention;
  const count = expiries.length + minors.length + courses.length + tests.length;
  return (
    <Card
      title="Needs attention"
      actions={count > 0 && <Badge tone="warning">{count === 1 ? '1 thing' : `${count} things`}</Badge>}
      flush
    >
      {count === 0 && <p class="today-none">Nothing right now.</p>}
      <Group title="Road tests to confirm or cancel" rows={tests}>
        {({ lesson_id, student_id, name, local_start, cancel_by }) => (
          <Row key={lesson_id} href={studentPage.href({ studentId: student_id })} name={name}>
            Test on {wallTimeText(local_start)}; can be cancelled until {clockText(cancel_by, zone)}
          </Row>
        )}
      </Group>
      <Group title="Minors without a guardian" rows={minors}>
        {({ student_id, name, next_lesson_at, turns_18_on }) => (
          <Row key={student_id} href={studentPage.href({ studentId: student_id })} name={name}>
            Next lesson on {clockText(next_lesson_at, zone)}; turns 18 on {dayText(turns_18_on)}
          </Row>
        )}
      </Group>
      <Group title={`Courses that end within ${courseEndDaysAhead} days`} rows={courses}>
        {({ enrolment_id, student_id, name, deadline_on, days_left, missing_minutes }) => (
          <Row key={enrolment_id} href={studentPage.href({ studentId: student_id })} name={name}>
            {lengthText(missing_minutes)} not booked; ends on {dayText(deadline_on)} ({daysText(days_left)})
          </Row>
        )}
      </Group>
      <Group title="Documents" rows={expiries} more={<a href="/compliance">All documents</a>}>
        {(expiry) => (
          <Row key={`${expiry.kind} ${expiry.subject_id}`} href={subjectHref(expiry)} name={expiry.name}>
            {expiryText(expiry)}
          </Row>
        )}
      </Group>
    </Card>
  );
}

function Group<Item>({
  title,
  rows,
  more,
  children,
}: {
  readonly title: string;
  readonly rows: readonly Item[];
  readonly more?: ComponentChildren;
  readonly children: (row: Item) => JSX.Element;
}): JSX.Element | null {
  if (rows.length === 0) return null;
  return (
    <section class="attention-group">
      <h3>
        {title} <span class="attention-count">{rows.length}</span>
      </h3>
      <ul>{rows.slice(0, rowsMax).map(children)}</ul>
      {(rows.length > rowsMax || more !== undefined) && (
        <p class="attention-more">
          {rows.length > rowsMax && `and ${rows.length - rowsMax} more `}
          {more}
        </p>
      )}
    </section>
  );
}

function Row({
  href,
  name,
  children,
}: {
  readonly href: string;
  readonly name: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <li>
      <a href={href}>{name}</a>
      <span class="today-detail">{children}</span>
    </li>
  );
}

const documents: Readonly<Record<Expiry['kind'], string>> = {
  instructor_licence: 'Instructor’s licence',
  instructor_contract: 'Contract',
  vehicle_insurance: 'Insurance',
  vehicle_registration: 'Registration',
  vehicle_safety: 'Safety certificate',
  student_licence: 'Driver’s licence',
};

function expiryText({ kind, state, expires_on, days_left, affected_count }: Expiry): string {
  const lessons =
    affected_count === 0 ? '' : affected_count === 1 ? '; 1 lesson affected' : `; ${affected_count} lessons affected`;
  if (state === 'missing' || expires_on === null) return `${documents[kind]} not recorded${lessons}`;
  if (state === 'expired') return `${documents[kind]} expired on ${dayText(expires_on)}${lessons}`;
  return `${documents[kind]} expires on ${dayText(expires_on)} (${daysText(days_left ?? 0)})${lessons}`;
}

function subjectHref({ subject_kind, subject_id }: Expiry): string {
  if (subject_kind === 'student') return studentPage.href({ studentId: subject_id });
  return subject_kind === 'instructor' ? `/instructors/${subject_id}` : `/vehicles/${subject_id}`;
}

function daysText(days: number): string {
  if (days === 0) return 'today';
  return days === 1 ? 'tomorrow' : `in ${days} days`;
}

/** `Tue, Dec 1, 2026, 14:05`, the wall time in a zone. */
function clockText(instant: string, zone: string): string {
  return wallTimeText(localStart(Date.parse(instant), zone));
}
