import { writeSync } from 'node:fs';

/** Takes finished lines. */
export interface LineTarget {
  write(line: string): void;
}

/** Standard output, written at once and without a buffer. @throws what the system says, such as ENOSPC or EPIPE */
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
          // A pipe whose reader is slow. It is not waited for without end: this thread answers requests.
          if (!isCode(error, 'EAGAIN') || (refusals += 1) > refusalsMax) throw error;
          Atomics.wait(pause, 0, 0, pauseMs);
        }
      }
    },
  };
}

/** How often a full pipe is tried again, and how long it is left alone in between. */
const refusalsMax = 10;
const pauseMs = 5;
const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * A target that never throws: a full disk, or a reader that has gone, must not break the request that wanted to say
 * something. Lines that could not be written are counted, and told before the next one that can be.
 */
export function patientTarget(to: LineTarget, format: 'text' | 'json'): LineTarget {
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
