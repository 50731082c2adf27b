/** What a command needs from the process, so that tests can be one. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly fetch: typeof globalThis.fetch;
  /** Aborts when somebody presses Ctrl-C. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Resolves after so many milliseconds, or when the signal aborts. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** Where text goes. */
export interface Output {
  write(text: string): unknown;
  /** Whether somebody sees colours. */
  readonly hasColors: boolean;
}

/** A command cannot go on, for a reason that the person who gave it can read. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code = 'COMMAND_FAILED';
  readonly exitCode: 1 | 2 | 3;

  /** @param exitCode 1: refused; 2: wrong usage; 3: the console cannot be asked */
  constructor(message: string, exitCode: 1 | 2 | 3) {
    super(message);
    this.exitCode = exitCode;
  }
}
