import type { StoreFile } from './file.ts';

/**
 * Names of people by id, as they were last seen. The audit log itself holds ids only, because its lines stay for ever;
 * names are kept beside it, where they can change and be forgotten.
 */
export class PeopleNames {
  readonly #file: StoreFile;
  readonly #names = new Map<string, string>();

  constructor(file: StoreFile) {
    this.#file = file;
    for (const row of file.all('select id, name from names')) this.#names.set(String(row['id']), String(row['name']));
  }

  /** Somebody with this name was here. */
  remember(id: string, name: string): void {
    if (name === '' || this.#names.get(id) === name) return;
    this.#names.set(id, name);
    try {
      this.#file.write(() => this.#file.run('insert or replace into names (id, name) values (?, ?)', id, name));
    } catch {
      // Written when the name is seen by the next process.
    }
  }

  get(id: string): string | undefined {
    return this.#names.get(id);
  }
}
