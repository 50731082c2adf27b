import { z } from 'zod';
import { dateOrders } from '../../contract/student-dates.ts';
import { importBytesMax, importReportSchema } from '../../contract/student-import.ts';
import { requireRole } from '../platform/http/access.ts';
import { changeRequestOf, createHeaders } from '../platform/http/change-headers.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { importTemplate } from './import-columns.ts';
import { importRefused, notCsv } from './student-problems.ts';
import type { StudentService } from './student-service.ts';

const tags = ['Students'];

/** `true` or `false` in the query, false by default. */
const flag = z
  .enum(['true', 'false'], 'Send true or false.')
  .default('false')
  .transform((text) => text === 'true');

const importQuery = z.object({
  dry_run: flag,
  skip_existing: flag.meta({ description: 'Skip rows whose student already exists, instead of refusing the file' }),
  date_order: z
    .enum(dateOrders, `Send one of: ${dateOrders.join(', ')}.`)
    .default('ymd')
    .meta({ description: 'For dates with the year last: `mdy` for 03/09/2008, `dmy` for 09/03/2008' }),
});

/** Adds the routes for importing students from a CSV file. */
export function registerStudentImport(app: HttpServer, students: StudentService): void {
  const preHandler = requireRole('owner', 'office');

  app.get(
    '/api/students/import/template',
    { preHandler, schema: { tags, summary: 'Download an import template with one example row' } },
    async (_request, reply) =>
      reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="students-template.csv"')
        .send(importTemplate()),
  );

  app.post(
    '/api/students/import',
    {
      preHandler,
      bodyLimit: importBytesMax,
      schema: {
        tags,
        summary: 'Import students from a CSV file',
        description:
          'CSV in UTF-8 or UTF-16, at most 5,000 rows. Adds all rows or none. `dry_run=true` only checks the file. A file ' +
          'with an invalid row or a duplicate is answered with 422 and the same report. One import runs at a time; others ' +
          'are answered with 429 and Retry-After.',
        consumes: ['text/csv'],
        querystring: importQuery,
        headers: createHeaders,
        response: { 200: importReportSchema },
      },
    },
    async (request) => {
      // The report has a message for an empty file.
      const isEmpty = request.body === undefined && request.headers['content-type']?.startsWith('text/csv') === true;
      const file: unknown = isEmpty ? new Uint8Array() : request.body;
      if (!(file instanceof Uint8Array)) throw notCsv();
      const { dry_run: dryRun, skip_existing: skipsExisting, date_order: dateOrder } = request.query;
      const report = await students.import(file, { ...changeRequestOf(request), dryRun, skipsExisting, dateOrder });
      if (!dryRun && report.applied === 0) throw importRefused(report);
      return report;
    },
  );
}
