import { Writable } from 'node:stream';
import { pino, stdTimeFunctions, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { LogLevel } from '../../config.ts';
import { describeError } from './describe-error.ts';
import { nonThrowingTarget, standardOutput } from './non-throwing-target.ts';
import { withoutPersonalData } from './redaction.ts';

/** A structured log with one line per event. */
export type Log = Logger;

/** Options of `createLog`. */
export interface LogOptions {
  readonly level: LogLevel;
  /** `text` for people, `json` for programs. */
  readonly format: 'text' | 'json';
  /** The target of lines. Default: standard output. */
  readonly to?: { write(line: string): void };
  /** Receives each line as JSON after it was written, in either format. Must not throw. */
  readonly also?: (line: string) => void;
}

/** Members that may contain personal data or credentials. Removed at any of the first three levels. */
const secretMembers = [
  'password',
  'token',
  'cookie',
  'authorization',
  'set-cookie',
  'email',
  'phone',
  'name',
  'licence_number',
  'address',
  'notes',
  'birth_date',
];

/**
 * Creates the log. Personal data is kept out by three rules: no records are logged, secret members are replaced, and each
 * finished line is searched for e-mail addresses, phone and licence numbers, and tokens.
 *
 * Lines are written synchronously, so the last one before a crash is not lost. Logging never throws: lines that can't be
 * written, for example to a full disk, are counted, and the count is logged as soon as possible.
 */
export function createLog({ level, format, to, also }: LogOptions): Log {
  const target = nonThrowingTarget(to ?? standardOutput(), format);
  const main = format === 'json' ? target : readable(target, { colorize: to === undefined && process.stdout.isTTY });
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError, error: describeError, req: nothing, res: nothing },
      redact: {
        paths: secretMembers.flatMap((name) => [path(name), `*${path(name)}`, `*.*${path(name)}`]),
        censor: '[removed]',
      },
      hooks: { streamWrite: withoutPersonalData },
    },
    also === undefined
      ? main
      : {
          write(line) {
            main.write(line);
            also(line);
          },
        },
  );
}

/** Fastify would log whole requests and responses. */
function nothing(): undefined {
  return undefined;
}

function path(name: string): string {
  return name.includes('-') ? `["${name}"]` : `.${name}`;
}

function readable(
  to: { write(line: string): void },
  { colorize }: { readonly colorize: boolean },
): NodeJS.WritableStream {
  return pretty({
    colorize,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname,event',
    singleLine: true,
    // Synchronous: a transport in a worker thread would lose the last lines at exit.
    sync: true,
    destination: new Writable({
      write: (chunk, _, done) => {
        to.write(String(chunk));
        done();
      },
    }),
  });
}
