import { ImportBusyError } from './student-errors.ts';

/** How many imports run at once, over all schools: each holds a file of up to 2 MB and its students. */
const runningMax = 2;

/** One import per school at a time, and few in all, so that imports cannot fill the memory. Others are refused at once. */
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
