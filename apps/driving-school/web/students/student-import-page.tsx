import {
  announce,
  Banner,
  Button,
  Card,
  type Column,
  Icon,
  LinkButton,
  PageHeader,
  Spinner,
  Table,
} from '@dualbrake/console/kit';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import {
  importBytesMax,
  type ImportDuplicate,
  type ImportProblem,
  type ImportReport,
  importRowsMax,
} from '../../contract/students.ts';
import { api, ProblemResponse } from '../api.ts';
import { type Failure, failureOf, saveFailureOf } from '../failure.ts';
import { keyPerIntent } from '../idempotent.ts';
import { usePageTitle } from '../page-title.ts';
import { closedReason } from '../session.ts';
import { type CsvText, readCsv } from './read-csv.ts';

interface Chosen extends CsvText {
  readonly name: string;
}

/** Bringing students in from a spreadsheet: first a dry run that changes nothing, then all rows or none. */
export function StudentImportPage(): JSX.Element {
  usePageTitle('Import students');
  const [file, setFile] = useState<Chosen | undefined>(undefined);
  const [report, setReport] = useState<ImportReport | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [running, setRunning] = useState<'no' | 'check' | 'apply'>('no');
  const [keyFor] = useState(keyPerIntent);
  const reportRef = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (report !== undefined) reportRef.current?.focus();
  }, [report]);

  const run = async (csv: Chosen, dryRun: boolean): Promise<void> => {
    setRunning(dryRun ? 'check' : 'apply');
    setFailure(undefined);
    try {
      const idempotencyKey = keyFor([dryRun, csv.text]);
      const { body } = await api.importStudents(csv.text, { dryRun, idempotencyKey });
      setReport(body);
      if (!dryRun) announce(addedText(body.applied));
    } catch (error) {
      const refused = error instanceof ProblemResponse ? reportIn(error.body) : undefined;
      if (refused !== undefined) setReport(refused);
      else if (dryRun) setFailure({ ...failureOf(error), title: 'The file could not be checked' });
      else setFailure(saveFailureOf(error, { repeatable: true }));
    } finally {
      setRunning('no');
    }
  };
  const choose = async (chosen: File): Promise<void> => {
    setReport(undefined);
    setFailure(undefined);
    if (chosen.size > importBytesMax) {
      setFile(undefined);
      setFailure({
        title: 'The file is too large',
        detail: `At most ${importBytesMax / 1024 / 1024} MB and ${importRowsMax.toLocaleString('en-CA')} rows. Divide it into several files.`,
        status: undefined,
      });
      return;
    }
    const csv = { name: chosen.name, ...readCsv(await chosen.arrayBuffer()) };
    setFile(csv);
    await run(csv, true);
  };

  return (
    <div class="page page-import">
      <PageHeader
        title="Import students"
        back={{ href: '/', label: 'Students' }}
        description="From a CSV file. It is checked first, and nothing is changed until you say so. Either all rows are added or none."
        actions={
          <LinkButton href="/api/students/import/template" download="students.csv" icon="download">
            Download a template
          </LinkButton>
        }
      />
      <FileChoice file={file} busy={running === 'check'} onChoose={(chosen) => void choose(chosen)} />
      {failure !== undefined && (
        <Banner
          tone="danger"
          role="alert"
          title={failure.title}
          actions={
            file !== undefined && (
              <Button size="small" onClick={() => void run(file, report === undefined)}>
                Try again
              </Button>
            )
          }
        >
          <p>{failure.detail}</p>
        </Banner>
      )}
      <div ref={reportRef} tabIndex={-1} class="stack">
        {report !== undefined && file !== undefined && (
          <Report report={report} busy={running === 'apply'} onApply={() => void run(file, false)} />
        )}
      </div>
    </div>
  );
}

function FileChoice({
  file,
  busy,
  onChoose,
}: {
  readonly file: Chosen | undefined;
  readonly busy: boolean;
  readonly onChoose: (file: File) => void;
}): JSX.Element {
  const [over, setOver] = useState(false);
  return (
    <label
      class="drop-zone"
      data-over={over ? '' : undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const dropped = event.dataTransfer?.files[0];
        if (dropped !== undefined) onChoose(dropped);
      }}
    >
      {busy ? <Spinner /> : <Icon name="file" />}
      <span>
        <strong>{file === undefined ? 'Choose a CSV file' : file.name}</strong>
        <span class="field-hint">
          {busy
            ? 'Checking…'
            : file === undefined
              ? `or drop it here. Up to ${importRowsMax.toLocaleString('en-CA')} rows.`
              : `Choose another file, or the same after changing it.${file.encoding === 'UTF-8' ? '' : ` Read as ${file.encoding}; check the accents.`}`}
        </span>
      </span>
      <input
        class="visually-hidden"
        type="file"
        accept=".csv,text/csv"
        onChange={(event) => {
          const [chosen] = event.currentTarget.files ?? [];
          if (chosen !== undefined) onChoose(chosen);
          // The same file, mended, must be a change again.
          event.currentTarget.value = '';
        }}
      />
    </label>
  );
}

function Report({
  report,
  busy,
  onApply,
}: {
  readonly report: ImportReport;
  readonly busy: boolean;
  readonly onApply: () => void;
}): JSX.Element {
  const { rows, accepted, applied, problems, duplicates, truncated } = report;
  const badRows = new Set(problems.map(({ row }) => row)).size;
  if (applied > 0) {
    return (
      <Banner
        tone="success"
        role="status"
        title={addedText(applied)}
        actions={
          <LinkButton size="small" href="/">
            Go to students
          </LinkButton>
        }
      >
        <p>The import is complete and saved.</p>
      </Banner>
    );
  }
  const ready = problems.length === 0 && duplicates.length === 0 && accepted > 0;
  return (
    <>
      <Card
        title="What the check found"
        actions={
          <Button
            variant="primary"
            busy={busy}
            closedReason={
              ready
                ? closedReason.value
                : rows === 0
                  ? 'There is no student in this file.'
                  : 'First put the rows below right in the file, then choose it again.'
            }
            onClick={onApply}
          >
            {accepted === 1 ? 'Add 1 student' : `Add ${accepted.toLocaleString('en-CA')} students`}
          </Button>
        }
      >
        <dl class="figures">
          <Figure label="Rows in the file" count={rows} />
          <Figure label="Ready to be added" count={accepted} />
          <Figure label="Rows with a problem" count={badRows} />
          <Figure label="Already there" count={duplicates.length} />
        </dl>
        <p class="muted">
          {ready
            ? 'Nothing has been changed yet.'
            : rows === 0
              ? 'Nothing has been changed: the file has a header but no rows.'
              : 'Nothing has been changed. Put the rows below right in the file, take out those who are already there, and choose it again.'}
        </p>
        {ready && closedReason.value !== undefined && <p class="field-warning">{closedReason.value}</p>}
      </Card>
      {problems.length > 0 && (
        <Card title="Problems" flush>
          <Table
            caption="Problems"
            columns={problemColumns}
            rows={problems}
            rowKey={({ row, field, code }) => `${row} ${field} ${code}`}
          />
          {truncated && <p class="card-foot muted">There are more. These are the first ones.</p>}
        </Card>
      )}
      {duplicates.length > 0 && (
        <Card title="Already there" flush>
          <Table
            caption="Rows whose student is already there"
            columns={duplicateColumns}
            rows={duplicates}
            rowKey={({ row, by }) => `${row} ${by}`}
          />
        </Card>
      )}
    </>
  );
}

function Figure({ label, count }: { readonly label: string; readonly count: number }): JSX.Element {
  return (
    <div>
      <dt>{label}</dt>
      <dd class="numbers">{count.toLocaleString('en-CA')}</dd>
    </div>
  );
}

const problemColumns: readonly Column<ImportProblem>[] = [
  { key: 'row', header: 'Where', fit: true, cell: ({ row }) => <span class="numbers">Row {row}</span> },
  { key: 'field', header: 'Column', fit: true, cell: ({ field }) => <code>{field}</code> },
  {
    key: 'value',
    header: 'In the file',
    isEmpty: ({ value }) => value === '',
    cell: ({ value }) => (value === '' ? <span class="muted">empty</span> : value),
  },
  { key: 'message', header: 'What is wrong', cell: ({ message }) => message },
];

const duplicateColumns: readonly Column<ImportDuplicate>[] = [
  { key: 'row', header: 'Where', fit: true, cell: ({ row }) => <span class="numbers">Row {row}</span> },
  { key: 'message', header: 'Why', cell: ({ message }) => message },
  {
    key: 'student',
    header: 'Student',
    fit: true,
    isEmpty: ({ student_id: studentId }) => studentId === null,
    cell: ({ student_id: studentId, other_row: otherRow }) =>
      studentId !== null ? <a href={`/students/${studentId}`}>Open</a> : otherRow !== null ? `Row ${otherRow}` : '',
  },
];

function addedText(count: number): string {
  return count === 1 ? '1 student was added.' : `${count.toLocaleString('en-CA')} students were added.`;
}

/** A refusal carries the same report as an answer. */
function reportIn(body: unknown): ImportReport | undefined {
  return typeof body === 'object' && body !== null && 'problems' in body && 'rows' in body
    ? (body as ImportReport)
    : undefined;
}
