// Measures how long hostile and large CSV files block the event loop, in milliseconds of the thread's CPU time, which
// excludes other programs.
// node --conditions=source --import tsx apps/driving-school/server/students/testing/measure-import.ts
import { testSchool } from './test-school.ts';
import { worstFiles } from './worst-files.ts';

/** Measures the CPU time between two iterations of the event loop. */
class SliceMeter {
  longestMs = 0;
  #since = process.threadCpuUsage();
  #next = setImmediate(() => this.#turn());

  stop(): void {
    clearImmediate(this.#next);
  }

  #turn(): void {
    const { user, system } = process.threadCpuUsage(this.#since);
    this.longestMs = Math.max(this.longestMs, (user + system) / 1_000);
    this.#since = process.threadCpuUsage();
    this.#next = setImmediate(() => this.#turn());
  }
}

const school = await testSchool();
for (const { name, text, query } of worstFiles()) {
  const body = Buffer.from(text);
  const meter = new SliceMeter();
  const { status } = await school.request(school.people.office, 'POST', `/api/students/import${query}`, { body });
  meter.stop();
  process.stdout.write(`${name}: answered ${status}; longest slice ${meter.longestMs.toFixed(1)} ms\n`);
}
await school[Symbol.asyncDispose]();
