import { announce, Banner, Button, Icon, LinkButton, PageHeader, SelectField, Spinner } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { DateOrder } from '../../contract/student-dates.ts';
import { importBytesMax, type ImportReport, importRowsMax } from '../../contract/student-import.ts';
import { api, ProblemResponse } from '../api.ts';
import { failureOf } from '../failure.ts';
import { useSubmit } from '../platform/use-submit.ts';
import { ImportPreviewView, ImportReportView } from './import-report.tsx';
import { addedText } from './import-text.ts';
import { type CsvText, readCsv } from './read-csv.ts';
import { listPath } from './student-list.ts';
import './students.css';

interface CsvFile extends CsvText {
  readonly name: string;
}

/** Options for reading the file. */
interface Choices {
  readonly skipExisting: boolean;
  readonly dateOrder: DateOrder;
}

/** A check of a file, or its import. */
interface Run {
  readonly file: CsvFile;
  readonly choices: Choices;
  readonly dryRun: boolean;
}

const dateOrderOptions: readonly { readonly value: DateOrder; readonly label: string }[] = [
  { value: 'ymd', label: 'Year, month, day: 2008-03-09' },
  { value: 'mdy', label: 'Month first: 03/09/2008' },
  { value: 'dmy', label: 'Day first: 09/03/2008' },
];

/** Imports students from a spreadsheet: first checks the file, then adds all rows or none. */
export function StudentImportPage(): JSX.Element {
  const [file, setFile] = useState<CsvFile | undefined>(undefined);
  const [choices, setChoices] = useState<Choices>({ skipExisting: false, dateOrder: 'ymd' });
  const [report, setReport] = useState<ImportReport | undefined>(undefined);
  const [preview, setPreview] = useState<ImportReport['preview'] | undefined>(undefined);
  const reportRef = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (report !== undefined) reportRef.current?.focus();
  }, [report]);

  const importing = useSubmit<Run>({
    repeatable: true,
    async send({ file: { text }, choices: wanted, dryRun }, idempotencyKey) {
      const answer = await api.importStudents(text, { ...wanted, dryRun, idempotencyKey });
      setReport(answer);
      setPreview(dryRun ? answer.preview : undefined);
      if (!dryRun) announce(addedText(answer.applied));
    },
    explain(error, { dryRun }) {
      const refused = error instanceof ProblemResponse ? reportIn(error.body) : undefined;
      if (refused !== undefined) {
        setReport(refused);
        return {};
      }
      return dryRun ? { failure: { ...failureOf(error), title: 'The file could not be checked' } } : undefined;
    },
    // Not disabled during an outage; the button that imports has its own reason.
    disabledReason: () => undefined,
  });
  const checking = importing.sending?.dryRun === true;
  const applying = importing.sending?.dryRun === false;

  const run = (next: Run): void => {
    setChoices(next.choices);
    void importing.submit(next);
  };
  const refuse = (title: string, detail: string): void => {
    setFile(undefined);
    importing.show({ failure: { title, detail, status: undefined } });
  };
  const choose = async (chosen: File): Promise<void> => {
    if (importing.busy) return;
    setReport(undefined);
    setPreview(undefined);
    importing.show({});
    if (chosen.size > importBytesMax) {
      const [megabytes, rows] = [importBytesMax / 1024 / 1024, importRowsMax.toLocaleString('en-CA')];
      refuse('The file is too large', `At most ${megabytes} MB and ${rows} rows. Split it into several files.`);
      return;
    }
    const csv = readCsv(await chosen.arrayBuffer());
    if ('code' in csv) {
      refuse('This file can’t be imported', csv.message);
      return;
    }
    if (csv.text.trim() === '') {
      refuse('This file can’t be imported', 'The file is empty. Download the template to see the columns.');
      return;
    }
    const read = { name: chosen.name, ...csv };
    setFile(read);
    // A new file needs a new decision about existing students.
    run({ file: read, choices: { ...choices, skipExisting: false }, dryRun: true });
  };

  return (
    <div class="page page-import">
      <PageHeader
        title="Import students"
        back={{ href: listPath.value, label: 'Students' }}
        description="From a CSV file. The file is checked first, and nothing changes until you add the students: either all rows or none."
        actions={
          <LinkButton href="/api/students/import/template" download="students.csv" icon="download">
            Download template
          </LinkButton>
        }
      />
      <FileChoice file={file} busy={checking} onChoose={(chosen) => void choose(chosen)} />
      <div class="import-choices">
        <SelectField
          label="Dates in the file"
          value={choices.dateOrder}
          options={dateOrderOptions}
          onChange={(dateOrder) => {
            const changed = { ...choices, dateOrder };
            if (file === undefined || importing.busy) setChoices(changed);
            else run({ file, choices: changed, dryRun: true });
          }}
        />
      </div>
      {importing.failure !== undefined && (
        <Banner
          tone="danger"
          role="alert"
          title={importing.failure.title}
          actions={
            file !== undefined && (
              <Button size="small" onClick={() => run({ file, choices, dryRun: report === undefined })}>
                Try again
              </Button>
            )
          }
        >
          <p>{importing.failure.detail}</p>
        </Banner>
      )}
      <div ref={reportRef} tabIndex={-1} class="stack">
        {report !== undefined && file !== undefined && (
          <ImportReportView
            report={report}
            checking={checking}
            applying={applying}
            onApply={() => run({ file, choices, dryRun: false })}
            onSkipExisting={() => run({ file, choices: { ...choices, skipExisting: true }, dryRun: true })}
          />
        )}
        {preview !== undefined && report?.applied === 0 && <ImportPreviewView preview={preview} />}
      </div>
    </div>
  );
}

function FileChoice({
  file,
  busy,
  onChoose,
}: {
  readonly file: CsvFile | undefined;
  readonly busy: boolean;
  readonly onChoose: (file: File) => void;
}): JSX.Element {
  const [dragging, setDragging] = useState(false);
  return (
    <label
      class="drop-zone"
      data-over={dragging ? '' : undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setDragging(true);
      }}
      onDragLeave={() => setDragging(false)}
      onDrop={(event) => {
        event.preventDefault();
        setDragging(false);
        const dropped = event.dataTransfer?.files[0];
        if (dropped !== undefined) onChoose(dropped);
      }}
    >
      {busy ? <Spinner /> : <Icon name="file" />}
      <span>
        <strong>{file === undefined ? 'Choose a CSV file' : file.name}</strong>
        <span class="field-hint">{busy ? 'Checking…' : fileHint(file)}</span>
      </span>
      <input
        class="visually-hidden"
        type="file"
        accept=".csv,text/csv"
        onChange={(event) => {
          const [chosen] = event.currentTarget.files ?? [];
          if (chosen !== undefined) onChoose(chosen);
          // So that choosing the same file again triggers a change event.
          event.currentTarget.value = '';
        }}
      />
    </label>
  );
}

function fileHint(file: CsvFile | undefined): string {
  if (file === undefined) return `or drop it here. Up to ${importRowsMax.toLocaleString('en-CA')} rows.`;
  const hint = 'Choose another file, or this one again after correcting it.';
  return file.encoding === 'Windows-1252'
    ? `${hint} Read as ${file.encoding}: check the accents in the preview.`
    : hint;
}

/** Reads the report of a refusal, which is like that of a success. */
function reportIn(body: unknown): ImportReport | undefined {
  return typeof body === 'object' && body !== null && 'problems' in body && 'rows' in body
    ? (body as ImportReport)
    : undefined;
}
