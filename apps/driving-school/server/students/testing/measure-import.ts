// The longest time for which a request with a hostile or large CSV file holds the event loop, in milliseconds of the
// thread's processor time: other programs on the machine do not count.
// node --conditions=source --import tsx apps/driving-school/server/students/testing/measure-import.ts
import { testSchool } from './test-school.ts';

const bytesMax = 2_097_000;
const header = 'legal_family_name,legal_given_names,birth_date,licence_number\n';
const letters = (index: number): string =>
  Array.from(String(index), (digit) => 'abcdefghij'[Number(digit)] ?? '').join('');
const students = Array.from(
  { length: 5_000 },
  (_, index) => `Mass${letters(index)},Given,2008-03-09,M0000-${String(index).padStart(4, '0')}0-80309\n`,
).join('');

const files: readonly (readonly [name: string, text: string, query: string])[] = [
  // The first request of a process compiles what all of them need.
  ['the first request', `${header}Roy,Zoé,2008-03-09,\n`, '?dry_run=true'],
  ['a row after 2 MB of line feeds', `${header}${'\n'.repeat(bytesMax - 100)}x`, '?dry_run=true'],
  ['a million rows', `${header}${'x\n'.repeat(1_040_000)}`, '?dry_run=true'],
  ['95,000 blank rows', `${header}Roy,,2008-03-09,\n${`${','.repeat(20)}\n`.repeat(95_000)}`, '?dry_run=true'],
  ['5,000 students, checked', `${header}${students}`, '?dry_run=true'],
  ['5,000 students, added', `${header}${students}`, ''],
  ['5,000 students, checked again', `${header}${students}`, '?dry_run=true'],
];

/** Notes how much the thread works between two turns of the event loop. */
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
for (const [name, text, query] of files) {
  const body = Buffer.from(text);
  const meter = new SliceMeter();
  const { status } = await school.ask(school.people.office, 'POST', `/api/students/import${query}`, { body });
  meter.stop();
  process.stdout.write(`${name}: answered ${status}; longest slice ${meter.longestMs.toFixed(1)} ms\n`);
}
await school[Symbol.asyncDispose]();
