import { packageVersion } from '../version.ts';
import { commandHelp, help } from './help.ts';
import { incidents } from './incidents.ts';
import { isolate, release } from './orders.ts';
import { status } from './status.ts';
import { CommandError, type Surroundings } from './surroundings.ts';
import { tail } from './tail.ts';

type Command = (args: readonly string[], surroundings: Surroundings) => Promise<number>;

const commands: Readonly<Record<string, Command>> = { status, isolate, release, tail, incidents };

/**
 * Carries a command out.
 *
 * @param args what follows the name of the program
 * @returns with what the process should end: 0 done, 1 refused or not well, 2 wrong usage, 3 nobody to ask
 */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    stdout.write(help);
    return name === undefined ? 2 : 0;
  }
  if (name === '--version') {
    stdout.write(`${packageVersion}\n`);
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  try {
    if (command === undefined) {
      throw new CommandError(
        `Unknown command "${name}". Commands: ${Object.keys(commands).join(', ')}. See --help.`,
        2,
      );
    }
    if (rest.includes('--help') || rest.includes('-h')) {
      stdout.write(commandHelp[name] ?? help);
      return 0;
    }
    return await command(rest, surroundings);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    stderr.write(`dualbrake: ${error.message}\n`);
    return error.exitCode;
  }
}
