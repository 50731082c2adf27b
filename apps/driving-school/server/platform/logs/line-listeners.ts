/** Hears the lines of the log. */
export interface LineListener {
  log(line: string): void;
}

/** The console writes the registry's events itself, with more than a line of ours can say. */
const ofTheRegistry = '"event":"recovery.';

/** Passes lines of the log on to who comes after the log was made. */
export class LineListeners {
  readonly #listeners = new Set<LineListener>();

  /** @param line JSON, as pino writes it */
  hear(line: string): void {
    if (line.includes(ofTheRegistry)) return;
    for (const listener of this.#listeners) listener.log(line);
  }

  /** @returns ends it */
  listen(listener: LineListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
