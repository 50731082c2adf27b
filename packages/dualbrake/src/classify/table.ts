import { awsRows } from './aws.ts';
import { ownRows } from './own.ts';
import { grpcRows } from './grpc.ts';
import { httpRows } from './http.ts';
import { mongodbRows } from './mongodb.ts';
import { moreDatabasesRows } from './more-databases.ts';
import { mysqlRows } from './mysql.ts';
import { nodeRows } from './node.ts';
import { ormRows } from './orm.ts';
import { postgresRows } from './postgres.ts';
import { redisRows } from './redis.ts';
import type { Row } from './rule.ts';
import { providers } from './providers/index.ts';
import { smtpRows } from './smtp.ts';
import { sqliteRows } from './sqlite.ts';
import { authorRows } from './author.ts';
import { generalRows } from './classify.ts';

/**
 * One built-in rule: its classification and the source it is based on.
 *
 * @example
 * ```ts
 * const describe = ({ verdict, citation }: ClassificationRow): string => `${verdict.rule}: ${verdict.class} (${citation})`;
 * const lines = classificationTable.flatMap(({ rows }) => rows.map(describe));
 * ```
 */
export type ClassificationRow = Row;

/**
 * The built-in rules for one kind of error, such as those of PostgreSQL.
 *
 * @example
 * ```ts
 * const postgres: ClassificationSource | undefined = classificationTable.find(({ name }) => name === 'PostgreSQL');
 * log.info(`${postgres?.rows.length ?? 0} rules`);
 * ```
 */
export interface ClassificationSource {
  /** A display name: `PostgreSQL`, `Node, DNS, TLS, fetch, files, memory`. */
  readonly name: string;
  readonly rows: readonly ClassificationRow[];
}

/**
 * All built-in rules of `classify`, grouped by source.
 *
 * @example
 * ```ts
 * for (const { name, rows } of classificationTable) log.info(`${name}: ${rows.length} rules`);
 * ```
 */
export const classificationTable: readonly ClassificationSource[] = [
  { name: 'Aborted calls, marked errors and unknown errors', rows: [...generalRows, ...authorRows] },
  { name: 'dualbrake', rows: ownRows },
  { name: 'PostgreSQL', rows: postgresRows },
  { name: 'MySQL, MariaDB', rows: mysqlRows },
  { name: 'SQLite', rows: sqliteRows },
  { name: 'MongoDB', rows: mongodbRows },
  { name: 'Redis, Valkey', rows: redisRows },
  { name: 'SQL Server, Oracle, Elasticsearch', rows: moreDatabasesRows },
  { name: 'Mappers and query builders', rows: ormRows },
  { name: 'gRPC', rows: grpcRows },
  { name: 'SMTP', rows: smtpRows },
  { name: 'AWS', rows: awsRows },
  ...providers.sources,
  { name: 'HTTP', rows: httpRows },
  { name: 'Node, DNS, TLS, fetch, files, memory', rows: nodeRows },
];
