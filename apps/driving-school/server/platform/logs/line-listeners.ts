/** Receives the lines of the log. */
export interface LineListener {
  log(line: string): void;
}

/** The console records the registry's events itself, with more details than these lines. */
const ofTheRegistry = '"event":"recovery.';

/** Passes log lines to listeners that are added after the log was created. */
export class LineListeners {
  readonly #listeners = new Set<LineListener>();

  /** @param line JSON, as pino writes it */
  publish(line: string): void {
    if (line.includes(ofTheRegistry)) return;
    for (const listener of this.#listeners) listener.log(line);
  }

  /** Adds a listener. @returns removes it */
  listen(listener: LineListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
