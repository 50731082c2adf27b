import type { Clock } from 'dualbrake';
import type { ConsoleOptions } from '../options.ts';
import type { PeopleNames } from '../store/people-names.ts';

/** How long the application may take to return a name, in milliseconds. */
const LIMIT_MS = 1_000;

/** Names of users, from the console's own records or else from the application. */
export class PersonNames {
  readonly #known: PeopleNames;
  readonly #clock: Clock;
  readonly #lookUp: ConsoleOptions['personName'];
  readonly #onError: (error: unknown) => void;

  constructor(
    known: PeopleNames,
    clock: Clock,
    lookUp: ConsoleOptions['personName'],
    onError: (error: unknown) => void,
  ) {
    this.#known = known;
    this.#clock = clock;
    this.#lookUp = lookUp;
    this.#onError = onError;
  }

  /** @returns names by ID; unknown users are omitted */
  async of(ids: Iterable<string>): Promise<Record<string, string>> {
    const names: Record<string, string> = {};
    await Promise.all(
      [...new Set(ids)].map(async (id) => {
        const name = this.#known.get(id) ?? (await this.#ask(id));
        if (name !== undefined) names[id] = name;
      }),
    );
    return names;
  }

  /** Within a time limit, because the application may be what is broken. */
  async #ask(id: string): Promise<string | undefined> {
    const late = Promise.withResolvers<undefined>();
    const cancel = this.#clock.after(LIMIT_MS, () => late.resolve(undefined), { background: true });
    try {
      const name = await Promise.race([this.#lookUp?.(id), late.promise]);
      if (name !== undefined) this.#known.remember(id, name);
      return name;
    } catch (error) {
      this.#onError(error);
      return undefined;
    } finally {
      cancel();
    }
  }
}
