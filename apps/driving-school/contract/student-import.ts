import { z } from 'zod';

/** Maximum numbers of rows and bytes of an import. */
export const importRowsMax = 5_000;
export const importBytesMax = 2 * 1024 * 1024;

/** Codes of problems with the whole file. */
export const importFileProblems = [
  'file_too_large',
  'file_is_workbook',
  'file_encoding',
  'file_empty',
  'no_rows',
  'too_many_rows',
] as const;

/** A problem with one row of an import. Row 1 is the header, as in a spreadsheet. */
export const importProblemSchema = z.object({
  row: z.int(),
  field: z.string(),
  code: z.string(),
  message: z.string(),
  value: z.string().meta({ description: 'As it is in the file; licence numbers are masked' }),
});
export type ImportProblem = z.infer<typeof importProblemSchema>;

/** A row whose student already exists, in an earlier row or in the school. */
export const importDuplicateSchema = z.object({
  row: z.int(),
  by: z.enum(['licence_number', 'name_and_birth_date']),
  other_row: z.int().nullable(),
  student_id: z.string().nullable(),
  message: z.string(),
});
export type ImportDuplicate = z.infer<typeof importDuplicateSchema>;

/** The first rows as they were read, so that users notice a wrong encoding or column before students are added. */
export const importPreviewSchema = z.object({
  columns: z.array(
    z.object({
      header: z.string().meta({ description: 'As it is in the file', example: 'Last Name' }),
      column: z.string().meta({ description: 'The column it was read as', example: 'legal_family_name' }),
    }),
  ),
  rows: z.array(
    z.object({
      row: z.int(),
      values: z.array(z.string()).meta({ description: 'In the order of `columns`; licence numbers are masked' }),
    }),
  ),
});
export type ImportPreview = z.infer<typeof importPreviewSchema>;

/** The result of an import or a dry run. All rows are applied or none. */
export const importReportSchema = z.object({
  dry_run: z.boolean(),
  rows: z.int().meta({ description: 'Rows with content, without the header' }),
  accepted: z.int().meta({ description: 'Rows without a problem that are not duplicates' }),
  applied: z.int().meta({ description: 'Students added: all accepted rows or none' }),
  skipped: z.int().meta({ description: 'Duplicates omitted, with `skip_existing=true`' }),
  problems: z.array(importProblemSchema).meta({ description: 'The first 500' }),
  problem_count: z.int(),
  problem_rows: z.int().meta({ description: 'Rows that have a problem' }),
  duplicates: z.array(importDuplicateSchema).meta({ description: 'The first 500' }),
  duplicate_count: z.int(),
  truncated: z.boolean().meta({ description: 'True when not all problems or duplicates are listed' }),
  preview: importPreviewSchema.meta({ description: 'The first rows, in a dry run' }),
});
export type ImportReport = z.infer<typeof importReportSchema>;
