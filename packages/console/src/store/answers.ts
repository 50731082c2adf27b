import type { StoreFile } from './file.ts';

/** How long a response can be repeated, in milliseconds: a day. */
const KEPT_MS = 24 * 60 * 60_000;

/** A response, and what it answered. */
export interface KeptAnswer {
  readonly fingerprint: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Responses by Idempotency-Key, saved together with the change itself so that a key stays valid after a crash. */
export class Answers {
  readonly #file: StoreFile;

  constructor(file: StoreFile) {
    this.#file = file;
  }

  find(id: string): KeptAnswer | undefined {
    const row = this.#file.get(
      'select fingerprint, status, headers, body from answers where id = ? and at > ?',
      id,
      this.#file.now() - KEPT_MS,
    );
    return row && ({ ...row, headers: JSON.parse(String(row['headers'])) } as KeptAnswer);
  }

  /** Only within a transaction of the file. */
  keep(id: string, { fingerprint, status, headers, body }: KeptAnswer): void {
    this.#file.run(
      'insert or replace into answers (id, fingerprint, status, headers, body, at) values (?, ?, ?, ?, ?, ?)',
      id,
      fingerprint,
      status,
      JSON.stringify(headers),
      body,
      this.#file.now(),
    );
  }

  /** Only within a transaction of the file. */
  forgetOld(): void {
    this.#file.run('delete from answers where at <= ?', this.#file.now() - KEPT_MS);
  }
}
