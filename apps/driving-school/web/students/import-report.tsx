import { Banner, Button, Card, type Column, LinkButton, Table } from '@dualbrake/kit';
import type { JSX } from 'preact';
import {
  type ImportDuplicate,
  importFileProblems,
  type ImportPreview,
  type ImportProblem,
  type ImportReport,
} from '../../contract/student-import.ts';
import { disabledReason } from '../session.ts';
import { addedText, addLabel, columnLabel, counted, nextStepText } from './import-text.ts';

/** The result of checking or importing a file, and the next step. */
export function ImportReportView({
  report,
  checking,
  applying,
  onApply,
  onSkipExisting,
}: {
  readonly report: ImportReport;
  readonly checking: boolean;
  readonly applying: boolean;
  readonly onApply: () => void;
  /** Checks the file again without the rows of students that already exist. */
  readonly onSkipExisting: () => void;
}): JSX.Element {
  const { rows, accepted, applied, skipped, problems, duplicates } = report;
  const fileProblem = problems.find(({ code }) => importFileProblems.some((known) => known === code));
  if (fileProblem !== undefined) {
    return (
      <Banner tone="danger" role="alert" title="This file can’t be imported">
        <p>{fileProblem.message} Nothing has been changed.</p>
      </Banner>
    );
  }
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
        <p>
          The import is complete and saved.
          {skipped > 0 && ` ${counted(skipped, 'row was', 'rows were')} skipped because the student already exists.`}
        </p>
      </Banner>
    );
  }
  const ready = report.problem_count === 0 && accepted > 0 && skipped === report.duplicate_count;
  const next = nextStepText(report);
  return (
    <>
      <Card
        title="Result of the check"
        actions={
          <Button
            variant="primary"
            busy={applying}
            disabledReason={ready ? disabledReason.value : next}
            onClick={onApply}
          >
            {addLabel(accepted)}
          </Button>
        }
      >
        <dl class="figures">
          <Figure label="Rows in the file" count={rows} />
          <Figure label="Ready to be added" count={accepted} />
          <Figure label="Rows with a problem" count={report.problem_rows} />
          <Figure label={skipped > 0 ? 'Existing, skipped' : 'Existing'} count={report.duplicate_count} />
        </dl>
        <p class="muted">{next} Nothing has been changed yet.</p>
        {ready && disabledReason.value !== undefined && <p class="field-warning">{disabledReason.value}</p>}
      </Card>
      {problems.length > 0 && (
        <Card title="Problems" flush>
          <Table
            caption="Problems"
            columns={problemColumns}
            rows={problems}
            rowKey={({ row, field, code }) => `${row} ${field} ${code}`}
          />
          <ListLimit shown={problems.length} all={report.problem_count} />
        </Card>
      )}
      {duplicates.length > 0 && (
        <Card
          title={skipped > 0 ? 'Existing students, skipped' : 'Existing students'}
          flush
          actions={
            skipped === 0 &&
            accepted > 0 && (
              <Button size="small" busy={checking} onClick={onSkipExisting}>
                Skip existing students
              </Button>
            )
          }
        >
          <Table
            caption="Rows whose student already exists"
            columns={duplicateColumns}
            rows={duplicates}
            rowKey={({ row, by }) => `${row} ${by}`}
          />
          <ListLimit shown={duplicates.length} all={report.duplicate_count} />
        </Card>
      )}
    </>
  );
}

/** Shows the first rows as the server read them, so that a wrong encoding or column is visible. */
export function ImportPreviewView({ preview }: { readonly preview: ImportPreview }): JSX.Element | null {
  if (preview.rows.length === 0) return null;
  const columns: Column<ImportPreview['rows'][number]>[] = [
    { key: 'row', header: 'Row', fit: true, cell: ({ row }) => <span class="numbers">{row}</span> },
    ...preview.columns.map(({ column }, index) => ({
      key: column,
      header: columnLabel(column),
      isEmpty: ({ values }: ImportPreview['rows'][number]) => (values[index] ?? '') === '',
      cell: ({ values }: ImportPreview['rows'][number]) => values[index] ?? '',
    })),
  ];
  const renamed = preview.columns.filter(({ header, column }) => plain(header) !== column);
  return (
    <Card title="Preview" flush>
      <p class="card-note muted">
        The first rows as they were read. Check names, accents and dates.
        {renamed.length > 0 &&
          ` Columns: ${renamed.map(({ header, column }) => `“${header}” is read as ${columnLabel(column)}`).join(', ')}.`}
      </p>
      {/* Focusable, so that a wide table can be scrolled with the keyboard. */}
      <div class="table-scroll" role="region" aria-label="Preview" tabIndex={0}>
        <Table caption="First rows of the file" columns={columns} rows={preview.rows} rowKey={({ row }) => `${row}`} />
      </div>
    </Card>
  );
}

function plain(header: string): string {
  return header.trim().toLowerCase();
}

function ListLimit({ shown, all }: { readonly shown: number; readonly all: number }): JSX.Element | null {
  if (shown === all) return null;
  return (
    <p class="card-foot muted">
      Showing the first {shown.toLocaleString('en-CA')} of {all.toLocaleString('en-CA')}.
    </p>
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
  { key: 'row', header: 'Row', fit: true, cell: ({ row }) => <span class="numbers">{row}</span> },
  { key: 'field', header: 'Column', fit: true, cell: ({ field }) => <code>{field}</code> },
  {
    key: 'value',
    header: 'In the file',
    isEmpty: ({ value }) => value === '',
    cell: ({ value }) => (value === '' ? <span class="muted">empty</span> : value),
  },
  { key: 'message', header: 'Problem', cell: ({ message }) => message },
];

const duplicateColumns: readonly Column<ImportDuplicate>[] = [
  { key: 'row', header: 'Row', fit: true, cell: ({ row }) => <span class="numbers">{row}</span> },
  { key: 'message', header: 'Reason', cell: ({ message }) => message },
  {
    key: 'student',
    header: 'Student',
    fit: true,
    isEmpty: ({ student_id: studentId }) => studentId === null,
    cell: ({ student_id: studentId, other_row: otherRow }) =>
      studentId !== null ? <a href={`/students/${studentId}`}>Open</a> : otherRow !== null ? `Row ${otherRow}` : '',
  },
];
