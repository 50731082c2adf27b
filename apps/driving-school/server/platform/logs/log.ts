import { Writable } from 'node:stream';
import { pino, stdTimeFunctions, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { LogLevel } from '../../config.ts';
import { describeError } from './describe-error.ts';
import { patientTarget, standardOutput } from './patient-target.ts';
import { withoutPersonalData } from './redaction.ts';

/** Where events go. One line per event. */
export type Log = Logger;

export interface LogOptions {
  readonly level: LogLevel;
  /** `text` for people, `json` for programs. */
  readonly format: 'text' | 'json';
  /** Where lines go; default: standard output. */
  readonly to?: { write(line: string): void };
  /** Hears each line as JSON, whatever the format, after it was written. Must not throw. */
  readonly also?: (line: string) => void;
}

/** Members that may hold who somebody is, or what opens a door. Never written, wherever they stand. */
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
 * The log. Three nets keep personal data out: nobody logs records, named members are replaced, and each finished line
 * is searched for what looks like an address, a phone or licence number, or a token.
 *
 * Lines are written at once, so the last one before a crash is there. Logging never fails: lines that can't be written,
 * as when the disk is full, are counted, and the next line that can be written is preceded by one that says how many.
 */
export function createLog({ level, format, to, also }: LogOptions): Log {
  const target = patientTarget(to ?? standardOutput(), format);
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

/** Fastify would log requests and answers whole; we name what we want of them. */
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
    // In this process and synchronous: a transport in a thread would lose the last lines at exit.
    sync: true,
    destination: new Writable({
      write: (chunk, _, done) => {
        to.write(String(chunk));
        done();
      },
    }),
  });
}
