import type { StoreFile } from './file.ts';

/** Sessions that were signed out before their time, kept until they would have ended by themselves. */
export class EndedSessionList {
  readonly #file: StoreFile;
  readonly #wallClock: () => number;
  readonly #until = new Map<string, number>();

  constructor(file: StoreFile, wallClock: () => number) {
    this.#file = file;
    this.#wallClock = wallClock;
    for (const row of file.all('select id, until from ended_sessions where until > ?', wallClock())) {
      this.#until.set(String(row['id']), Number(row['until']));
    }
  }

  has(id: string): boolean {
    return this.#until.has(id);
  }

  /** Takes effect at once. While the file cannot be written, it holds until the process ends. */
  end(id: string, until: number): void {
    const now = this.#wallClock();
    for (const [known, end] of this.#until) if (end <= now) this.#until.delete(known);
    this.#until.set(id, until);
    try {
      this.#file.commit(() => {
        this.#file.run('delete from ended_sessions where until <= ?', now);
        this.#file.run('insert or replace into ended_sessions (id, until) values (?, ?)', id, until);
      });
    } catch {
      // The file has told why.
    }
  }
}
