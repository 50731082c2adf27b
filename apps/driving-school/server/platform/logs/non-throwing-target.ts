import { writeSync } from 'node:fs';

/** A target of finished lines. */
export interface LineTarget {
  write(line: string): void;
}

/** Standard output, written synchronously. @throws errors of the system, such as ENOSPC or EPIPE */
export function standardOutput(descriptor = 1): LineTarget {
  return {
    write(line) {
      const bytes = Buffer.from(line, 'utf8');
      let written = 0;
      let refusals = 0;
      while (written < bytes.length) {
        try {
          written += writeSync(descriptor, bytes, written);
          refusals = 0;
        } catch (error) {
          // A full pipe. The waits are limited, because this thread serves requests.
          if (!isCode(error, 'EAGAIN') || (refusals += 1) > refusalsMax) throw error;
          Atomics.wait(pause, 0, 0, pauseMs);
        }
      }
    },
  };
}

/** Retries of a write to a full pipe, and the delay between them. */
const refusalsMax = 10;
const pauseMs = 5;
const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * A target that never throws: a full disk or a closed pipe must not fail the request that logs. Lines that could not be
 * written are counted, and the count is written before the next line.
 */
export function nonThrowingTarget(to: LineTarget, format: 'text' | 'json'): LineTarget {
  let lost = 0;
  let reason = '';
  return {
    write(line) {
      try {
        if (lost > 0) {
          to.write(lostLine(lost, reason, format));
          lost = 0;
        }
        to.write(line);
      } catch (error) {
        lost += 1;
        reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      }
    },
  };
}

function lostLine(count: number, reason: string, format: 'text' | 'json'): string {
  const msg = `${count} log ${count === 1 ? 'line' : 'lines'} could not be written (${reason})`;
  if (format === 'text') return `ERROR: ${msg}\n`;
  const at = new Date();
  return `${JSON.stringify({ level: 'error', time: at.toISOString(), pid: process.pid, event: 'log.lines_lost', count, reason, msg })}\n`;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
