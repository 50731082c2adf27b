import type { ConsoleOptions } from '../options.ts';
import type { Core } from './core.ts';

/** How long the application may take to return a name, in milliseconds. */
const LIMIT_MS = 1_000;

/** Last known names of users, by ID. The audit log holds only IDs, because its lines can't change; names can. */
export class PersonNames {
  readonly #core: Core;
  readonly #lookUp: ConsoleOptions['personName'];
  readonly #known: Map<string, string>;

  constructor(core: Core, lookUp: ConsoleOptions['personName']) {
    this.#core = core;
    this.#lookUp = lookUp;
    const rows = core.store.file.all('select id, name from names');
    this.#known = new Map(rows.map(({ id, name }) => [String(id), String(name)]));
  }

  /** Without asking the application. */
  get(id: string): string | undefined {
    return this.#known.get(id);
  }

  remember(id: string, name: string): void {
    if (name === '' || this.#known.get(id) === name) return;
    this.#known.set(id, name);
    const { file } = this.#core.store;
    try {
      file.write(() => file.run('insert or replace into names (id, name) values (?, ?)', id, name));
    } catch {
      // Saved when the next process sees the person.
    }
  }

  /** @returns names by ID; unknown users are omitted */
  async of(ids: Iterable<string>): Promise<Record<string, string>> {
    const names: Record<string, string> = {};
    await Promise.all(
      [...new Set(ids)].map(async (id) => {
        const name = this.get(id) ?? (await this.#ask(id));
        if (name !== undefined) names[id] = name;
      }),
    );
    return names;
  }

  /** Within a time limit, because the application may be what is broken. */
  async #ask(id: string): Promise<string | undefined> {
    const late = Promise.withResolvers<undefined>();
    const cancel = this.#core.clock.after(LIMIT_MS, () => late.resolve(undefined), { background: true });
    try {
      const name = await Promise.race([this.#lookUp?.(id), late.promise]);
      if (name !== undefined) this.remember(id, name);
      return name;
    } catch (error) {
      this.#core.onError(error);
      return undefined;
    } finally {
      cancel();
    }
  }
}
