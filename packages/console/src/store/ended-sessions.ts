import type { StoreFile } from './file.ts';

/** Sessions that were signed out early, kept until they would have expired. */
export class EndedSessionList {
  readonly #file: StoreFile;
  readonly #until: Map<string, number>;

  constructor(file: StoreFile) {
    this.#file = file;
    const rows = file.all('select id, until from ended_sessions where until > ?', file.now());
    this.#until = new Map(rows.map(({ id, until }) => [String(id), Number(until)]));
  }

  has(id: string): boolean {
    return this.#until.has(id);
  }

  /** @param until when the session would have expired. If the file can't be written, holds until the process ends. */
  end(id: string, until: number): void {
    const now = this.#file.now();
    for (const [known, end] of this.#until) if (end <= now) this.#until.delete(known);
    this.#until.set(id, until);
    try {
      this.#file.commit(() => {
        this.#file.run('delete from ended_sessions where until <= ?', now);
        this.#file.run('insert or replace into ended_sessions (id, until) values (?, ?)', id, until);
      });
    } catch {
      // The store reports the problem.
    }
  }
}
