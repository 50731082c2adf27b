import type { StoreFile } from './file.ts';

/** Last known names of people, by ID. The audit log holds IDs only, because its lines can't change; names can. */
export class PeopleNames {
  readonly #file: StoreFile;
  readonly #names: Map<string, string>;

  constructor(file: StoreFile) {
    this.#file = file;
    this.#names = new Map(file.all('select id, name from names').map(({ id, name }) => [String(id), String(name)]));
  }

  remember(id: string, name: string): void {
    if (name === '' || this.#names.get(id) === name) return;
    this.#names.set(id, name);
    try {
      this.#file.write(() => this.#file.run('insert or replace into names (id, name) values (?, ?)', id, name));
    } catch {
      // Saved when the next process sees the person.
    }
  }

  get(id: string): string | undefined {
    return this.#names.get(id);
  }
}
