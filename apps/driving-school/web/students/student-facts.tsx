import { Banner, Card, DataList, type Fact, RelativeTime } from '@dualbrake/kit';
import type { ComponentChildren, JSX } from 'preact';
import { type Field, leafValue, leavesOf, shownLeaf } from '../../contract/fields.ts';
import { formatPhone } from '../../contract/parsers.ts';
import { studentFields, studentSections } from '../../contract/student-fields.ts';
import type { Student, StudentFields } from '../../contract/students.ts';
import { schoolDate } from '../school-clock.ts';
import { LicenceNumber } from './licence-number.tsx';
import { addressLines, birthText, dayText, legalName, todayHere } from './student-text.ts';

/** Everything on a student's record: warnings, the facts of each section, notes. */
export function StudentFacts({
  student,
  first,
  beside,
}: {
  readonly student: Student;
  /** Cards above the facts, and those in the column beside them. */
  readonly first: ComponentChildren;
  readonly beside: ComponentChildren;
}): JSX.Element {
  const { person, contact, licence, school } = studentSections;
  return (
    <>
      <Warnings student={student} />
      <div class="record">
        <div class="stack">
          {first}
          <Card title={person.title} flush>
            <DataList facts={factsOf('person', student)} />
          </Card>
          <Card title={contact.title} flush>
            <DataList facts={factsOf('contact', student)} />
          </Card>
        </div>
        <div class="stack">
          {beside}
          <Card title={licence.title} flush>
            <DataList facts={factsOf('licence', student)} />
          </Card>
          <Card title={school.title} flush>
            <DataList facts={[...factsOf('school', student), ...historyOf(student)]} />
          </Card>
          <Card title={studentFields.notes.label}>
            {student.notes === null ? <p class="muted">No notes.</p> : <p class="notes">{student.notes}</p>}
          </Card>
        </div>
      </div>
    </>
  );
}

/** Custom values of facts. */
const special: Partial<Record<keyof StudentFields, (student: Student) => ComponentChildren>> = {
  legal_family_name: legalName,
  birth_date: ({ birth_date }) => <span class="numbers">{birthText(birth_date, todayHere(schoolDate()))}</span>,
  phone: (student) =>
    student.phone !== null && (
      <a class="numbers" href={`tel:${student.phone}`}>
        {studentFields.phone.format(student.phone, student)}
      </a>
    ),
  email: ({ email }) => email !== null && <a href={`mailto:${email}`}>{email}</a>,
  emergency_contact: ({ emergency_contact: contact }) =>
    contact !== null && (
      <>
        <div>{contact.name}</div>
        <a class="numbers" href={`tel:${contact.telephone}`}>
          {formatPhone(contact.telephone)}
        </a>
        {contact.relation !== null && <div>{contact.relation}</div>}
      </>
    ),
  address: ({ address }) => address !== null && lines(addressLines(address)),
  licence_number: ({ id, version, licence_number_masked }) =>
    licence_number_masked !== null && <LicenceNumber key={version} studentId={id} masked={licence_number_masked} />,
  licence_sighted_on: ({ licence_sighted_on: day, licence_sighted_by: by }) =>
    day !== null && `${dayText(day)}${by === null ? '' : ` by ${by}`}`,
  instructor_id: ({ instructor_name }) => instructor_name,
};

function factsOf(section: keyof typeof studentSections, student: Student): Fact[] {
  return Object.entries(studentFields).flatMap(([key, described]): Fact[] => {
    const field: Field = described;
    if (field.section !== section || field.fact === false) return [];
    const name = key as keyof StudentFields;
    const value = special[name] === undefined ? textOf(name, field, student) : special[name](student);
    // A fact without a value is shown as missing.
    return [{ name: field.fact ?? field.label, value: value === false ? null : value }];
  });
}

/** Formats a field: one line, or a line per member of a group. */
function textOf(name: string, field: Field, student: Student): ComponentChildren {
  const values = leavesOf({ [name]: field }).map((leaf) => {
    const day = leaf.field.kind === 'day' ? leafValue(student, leaf) : null;
    return day === null ? shownLeaf(student, leaf) : dayText(day);
  });
  const texts = values.filter((value) => value !== null);
  if (texts.length === 0) return null;
  return field.kind === 'group' ? lines(texts) : texts[0];
}

function historyOf({ created_at, updated_at, updated_by_name }: Student): Fact[] {
  return [
    { name: 'Added', value: <RelativeTime instant={created_at} form="both" /> },
    {
      name: 'Last change',
      value: (
        <>
          <RelativeTime instant={updated_at} form="both" />
          {updated_by_name !== null && ` by ${updated_by_name}`}
        </>
      ),
    },
  ];
}

function lines(texts: readonly string[]): JSX.Element[] {
  return texts.map((text) => <div key={text}>{text}</div>);
}

function Warnings({ student: { warnings } }: { readonly student: Student }): JSX.Element | null {
  if (warnings.length === 0) return null;
  return (
    <Banner tone="warning" title={warnings.length === 1 ? 'One thing to check' : `${warnings.length} things to check`}>
      <ul>
        {warnings.map(({ field, code, message }) => (
          <li key={`${field} ${code}`}>{message}</li>
        ))}
      </ul>
    </Banner>
  );
}
