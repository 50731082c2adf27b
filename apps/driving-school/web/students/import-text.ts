import type { ImportReport } from '../../contract/student-import.ts';
import { fieldLabels } from './student-form-fields.ts';

/** `1 row was`, `2,000 rows were`. */
export function counted(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${count.toLocaleString('en-CA')} ${many}`;
}

/** The message when students have been added. */
export function addedText(count: number): string {
  return counted(count, 'student was added.', 'students were added.');
}

/** The label of the button that imports the accepted rows. */
export function addLabel(accepted: number): string {
  return accepted === 0 ? 'Add students' : `Add ${counted(accepted, 'student', 'students')}`;
}

/** The label of a column, the same as on the form. */
export function columnLabel(column: string): string {
  const labels: Readonly<Record<string, string>> = fieldLabels;
  return labels[column] ?? labels[`address/${column}`] ?? otherLabels[column] ?? column;
}

const otherLabels: Readonly<Record<string, string>> = {
  phone_extension: 'Extension',
  instructor_email: 'Instructor’s e-mail',
};

/** The next step after a check, in one or two sentences. */
export function nextStepText(report: ImportReport): string {
  const { rows, accepted, skipped, problem_rows: badRows, duplicate_count: existing } = report;
  const remaining = existing - skipped;
  if (report.problem_count > 0) {
    const [first] = report.problems;
    // Row 1 is the header: no other row has been checked.
    if (first?.row === 1) return 'Correct the column names in the first row of the file, then choose it again.';
    return `Correct the ${badRows === 1 ? 'row' : 'rows'} below in the file, then choose it again.`;
  }
  if (existing > 0 && accepted === 0) {
    return existing === rows && rows > 1
      ? `All ${rows.toLocaleString('en-CA')} students already exist. There is nothing to add.`
      : 'Every student in this file already exists. There is nothing to add.';
  }
  if (remaining > 0) {
    const them = remaining === 1 ? 'the row' : 'them';
    return `${counted(remaining, 'student already exists', 'students already exist')}. Skip ${them} below, or remove ${them} from the file.`;
  }
  if (skipped > 0)
    return `${counted(skipped, 'student who already exists', 'students who already exist')} will be skipped.`;
  return accepted === 1 ? 'The student is ready to be added.' : 'All rows are ready to be added.';
}
