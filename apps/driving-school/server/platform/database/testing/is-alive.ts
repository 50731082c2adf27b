import { existsSync, readFileSync } from 'node:fs';

/** Whether a process runs. A dead one that nobody has collected yet, as happens in containers, does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc/self/stat') || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
