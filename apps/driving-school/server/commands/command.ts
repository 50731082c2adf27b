import { parseArgs } from 'node:util';
import { type Config, readConfig } from '../config.ts';

/** A command for whoever looks after the program. */
export interface Command<Name extends string> {
  /** What `--help` prints. */
  readonly usage: string;
  /** Names of its options; each takes a value. */
  readonly options: readonly Name[];
  /** @returns the exit code */
  readonly run: (values: Readonly<Partial<Record<Name, string>>>, config: Config) => Promise<number>;
}

/** Errors whose message is a sentence for whoever runs the command. */
const sentences = new Set(['BACKUP', 'INVALID_CONFIG', 'DATA_FOLDER_IN_USE', 'DATA_FOLDER_UNUSABLE']);

/** Reads the command line and the environment, and runs the command. Sets the exit code: 0 done, 1 not done. */
export async function runCommand<Name extends string>({ usage, options, run }: Command<Name>): Promise<void> {
  let values: Partial<Record<Name, string>> & { help?: boolean };
  try {
    const known = Object.fromEntries(options.map((name) => [name, { type: 'string' as const }]));
    const parsed = parseArgs({ options: { ...known, help: { type: 'boolean', short: 'h' } } });
    values = parsed.values as typeof values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exitCode = 1;
    return;
  }
  if (values.help === true) {
    process.stdout.write(usage);
    return;
  }
  try {
    process.exitCode = await run(values, readConfig(process.env));
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
}

/** One line of progress or result. */
export function announce(text: string): void {
  process.stdout.write(`${text}\n`);
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isSentence = 'code' in error && sentences.has(String(error.code));
  return isSentence ? error.message : (error.stack ?? error.message);
}
