import { ImportBusyError } from './student-errors.ts';

/** Maximum number of concurrent imports: each keeps a file of up to 2 MB and its students in memory. */
const runningMax = 2;

/** Limits concurrent imports to one per school and two in total. Refuses others immediately. */
export class ImportSlots {
  readonly #running = new Set<string>();

  /** @throws ImportBusyError without starting the work */
  async run<T>(schoolId: string, work: () => Promise<T>): Promise<T> {
    if (this.#running.has(schoolId) || this.#running.size >= runningMax) throw new ImportBusyError();
    this.#running.add(schoolId);
    try {
      return await work();
    } finally {
      this.#running.delete(schoolId);
    }
  }
}
