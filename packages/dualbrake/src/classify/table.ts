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

/** A row of the table. */
export type ClassificationRow = Row;

/** A part of the table. */
export interface ClassificationSource {
  /** For people: `PostgreSQL`, `Node, DNS, TLS, fetch`. */
  readonly name: string;
  readonly rows: readonly ClassificationRow[];
}

/** Everything that `classify` knows, by source, in the order in which the sources are asked. */
export const classificationTable: readonly ClassificationSource[] = [
  { name: 'The caller’s signal, and what nobody knows', rows: [...generalRows, ...authorRows] },
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
