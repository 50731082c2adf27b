import type { Clock } from 'dualbrake';
import type { ConsoleOptions } from '../options.ts';
import type { StoreFile } from '../store/file.ts';

/** How long the application may take to return a name, in milliseconds. */
const LIMIT_MS = 1_000;

/** Last known names of users, by ID. The audit log holds only IDs, because its lines can't change; names can. */
export class PersonNames {
  readonly #file: StoreFile;
  readonly #clock: Clock;
  readonly #options: Pick<ConsoleOptions, 'personName'>;
  readonly #onError: (error: unknown) => void;
  readonly #known: Map<string, string>;

  constructor(
    file: StoreFile,
    clock: Clock,
    options: Pick<ConsoleOptions, 'personName'>,
    onError: (error: unknown) => void,
  ) {
    this.#file = file;
    this.#clock = clock;
    this.#options = options;
    this.#onError = onError;
    this.#known = new Map(file.all('select id, name from names').map(({ id, name }) => [String(id), String(name)]));
  }

  /** Without asking the application. */
  get(id: string): string | undefined {
    return this.#known.get(id);
  }

  remember(id: string, name: string): void {
    if (name === '' || this.#known.get(id) === name) return;
    this.#known.set(id, name);
    try {
      this.#file.write(() => this.#file.run('insert or replace into names (id, name) values (?, ?)', id, name));
    } catch {
      // Saved when the next process sees the person.
    }
  }

  /** @returns names by ID; unknown users are omitted */
  async of(ids: Iterable<string>): Promise<Record<string, string>> {
    const names: Record<string, string> = {};
    await Promise.all(
      [...new Set(ids)].map(async (id) => {
        const name = this.get(id) ?? (await this.#lookUp(id));
        if (name !== undefined) names[id] = name;
      }),
    );
    return names;
  }

  /** Within a time limit, because the application may be what is broken. */
  async #lookUp(id: string): Promise<string | undefined> {
    const late = Promise.withResolvers<undefined>();
    const cancel = this.#clock.after(LIMIT_MS, () => late.resolve(undefined), { background: true });
    try {
      const name = await Promise.race([this.#options.personName?.(id), late.promise]);
      if (name !== undefined) this.remember(id, name);
      return name;
    } catch (error) {
      this.#onError(error);
      return undefined;
    } finally {
      cancel();
    }
  }
}
