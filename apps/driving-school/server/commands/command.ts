import { resolve } from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { type Config, readConfig } from '../config.ts';
import { terminalMessage } from '../terminal-message.ts';

/** The options of a command, in the form of `parseArgs`. `--help` is added to each command. */
type Options = NonNullable<ParseArgsConfig['options']>;
/** The values of a command's options. */
type Values<O extends Options> = ReturnType<typeof parseArgs<{ options: O }>>['values'];

/** A command for operators: `npm run NAME`. */
export interface Command<O extends Options> {
  /** The text of `--help`. */
  readonly usage: string;
  readonly options: O;
  /** @returns the exit code; undefined means 0 */
  readonly run: (values: Values<O>, config: Config) => Promise<number | void> | number | void;
}

/** The command failed. The message says why and what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code = 'COMMAND';
}

/**
 * Reads the command line and the environment, and runs the command. When the command throws, prints a message and sets
 * the exit code to 1.
 */
export async function runCommand<const O extends Options>({ usage, options, run }: Command<O>): Promise<void> {
  try {
    const { help, values } = readArguments(options);
    if (help) process.stdout.write(usage);
    else process.exitCode = (await run(values, readConfig(process.env))) ?? 0;
  } catch (error) {
    process.stderr.write(`${terminalMessage(error, 'The command failed.')}\n`);
    process.exitCode = 1;
  }
}

function readArguments<O extends Options>(options: O): { readonly help: boolean; readonly values: Values<O> } {
  try {
    const known: Options = { ...options, help: { type: 'boolean', short: 'h' } };
    const { values } = parseArgs({ options: known });
    return { help: values['help'] === true, values: values as Values<O> };
  } catch (error) {
    // Node adds advice about positional arguments, which no command has.
    const [sentence] = (error instanceof Error ? error.message : String(error)).split('. ');
    throw new CommandError(`${sentence?.replace(/\.$/, '')}. See --help.`, { cause: error });
  }
}

/**
 * The absolute path of a file given as an option.
 *
 * @param example an example of the command, for the message
 * @throws CommandError when the option is missing
 */
export function filePath(given: string | undefined, example: string): string {
  if (given === undefined || given.trim() === '') throw new CommandError(`A file name is required: ${example}`);
  // npm runs scripts in the project's folder; a relative path is relative to where npm was called.
  return resolve(process.env['INIT_CWD'] ?? '.', given);
}

/** Prints a line of progress or result. */
export function announce(text: string): void {
  process.stdout.write(`${text}\n`);
}
