import { announce, Banner, Button, Icon, LinkButton, PageHeader, SelectField, Spinner } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { DateOrder } from '../../contract/student-dates.ts';
import { importBytesMax, type ImportReport, importRowsMax } from '../../contract/student-import.ts';
import { api, ProblemResponse } from '../api.ts';
import { type Failure, failureOf, saveFailureOf } from '../failure.ts';
import { keyPerIntent } from '../idempotent.ts';
import { usePageTitle } from '../page-title.ts';
import { ImportPreviewView, ImportReportView } from './import-report.tsx';
import { addedText } from './import-text.ts';
import { type CsvText, readCsv } from './read-csv.ts';
import { listPath } from './student-list.ts';

interface Chosen extends CsvText {
  readonly name: string;
}

/** How the chosen file is to be read. */
interface Choices {
  readonly skipExisting: boolean;
  readonly dateOrder: DateOrder;
}

const dateOrderOptions: readonly { readonly value: DateOrder; readonly label: string }[] = [
  { value: 'ymd', label: 'Year, month, day: 2008-03-09' },
  { value: 'mdy', label: 'Month first: 03/09/2008' },
  { value: 'dmy', label: 'Day first: 09/03/2008' },
];

/** Bringing students in from a spreadsheet: first a dry run that changes nothing, then all rows or none. */
export function StudentImportPage(): JSX.Element {
  usePageTitle('Import students');
  const [file, setFile] = useState<Chosen | undefined>(undefined);
  const [choices, setChoices] = useState<Choices>({ skipExisting: false, dateOrder: 'ymd' });
  const [report, setReport] = useState<ImportReport | undefined>(undefined);
  const [preview, setPreview] = useState<ImportReport['preview'] | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [running, setRunning] = useState<'no' | 'check' | 'apply'>('no');
  const [keyFor] = useState(keyPerIntent);
  const reportRef = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (report !== undefined) reportRef.current?.focus();
  }, [report]);

  const run = async (csv: Chosen, wanted: Choices, dryRun: boolean): Promise<void> => {
    setChoices(wanted);
    setRunning(dryRun ? 'check' : 'apply');
    setFailure(undefined);
    try {
      const idempotencyKey = keyFor([dryRun, wanted, csv.text]);
      const { body } = await api.importStudents(csv.text, { ...wanted, dryRun, idempotencyKey });
      setReport(body);
      setPreview(dryRun ? body.preview : undefined);
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
  const refuse = (title: string, detail: string): void => {
    setFile(undefined);
    setFailure({ title, detail, status: undefined });
  };
  const choose = async (chosen: File): Promise<void> => {
    setReport(undefined);
    setPreview(undefined);
    setFailure(undefined);
    if (chosen.size > importBytesMax) {
      const [megabytes, rows] = [importBytesMax / 1024 / 1024, importRowsMax.toLocaleString('en-CA')];
      refuse('The file is too large', `At most ${megabytes} MB and ${rows} rows. Divide it into several files.`);
      return;
    }
    const csv = readCsv(await chosen.arrayBuffer());
    if ('code' in csv) {
      refuse('This file can’t be imported', csv.message);
      return;
    }
    if (csv.text.trim() === '') {
      refuse('This file can’t be imported', 'The file is empty. Download the template to see what it needs.');
      return;
    }
    const read = { name: chosen.name, ...csv };
    setFile(read);
    // Another file may have other rows that are there already: whoever chooses it decides again.
    await run(read, { ...choices, skipExisting: false }, true);
  };

  return (
    <div class="page page-import">
      <PageHeader
        title="Import students"
        back={{ href: listPath.value, label: 'Students' }}
        description="From a CSV file. It is checked first, and nothing is changed until you say so. Either all rows are added or none."
        actions={
          <LinkButton href="/api/students/import/template" download="students.csv" icon="download">
            Download a template
          </LinkButton>
        }
      />
      <FileChoice file={file} busy={running === 'check'} onChoose={(chosen) => void choose(chosen)} />
      <div class="import-choices">
        <SelectField
          label="Dates in the file"
          value={choices.dateOrder}
          options={dateOrderOptions}
          onChange={(dateOrder) => {
            const wanted = { ...choices, dateOrder };
            setChoices(wanted);
            if (file !== undefined && running === 'no') void run(file, wanted, true);
          }}
        />
      </div>
      {failure !== undefined && (
        <Banner
          tone="danger"
          role="alert"
          title={failure.title}
          actions={
            file !== undefined && (
              <Button size="small" onClick={() => void run(file, choices, report === undefined)}>
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
          <ImportReportView
            report={report}
            busy={running}
            onApply={() => void run(file, choices, false)}
            onSkipExisting={() => void run(file, { ...choices, skipExisting: true }, true)}
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
              : `Choose another file, or the same one after changing it.${file.encoding !== 'Windows-1252' ? '' : ` Read as ${file.encoding}; check the accents in the preview.`}`}
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

/** A refusal carries the same report as an answer. */
function reportIn(body: unknown): ImportReport | undefined {
  return typeof body === 'object' && body !== null && 'problems' in body && 'rows' in body
    ? (body as ImportReport)
    : undefined;
}
