import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Config, readConfig } from '../config.ts';
import { systemWallClock, wallClockFrom } from '../platform/wall-clock.ts';
import { copyAhead } from '../schedule/schedule.ts';
import { terminalMessage } from '../terminal-message.ts';
import { type CheckResult, runChecks } from '../verify/verify.ts';
import { announce, CommandError } from './command.ts';
import { connectForCommand, isConnectionError, noAnswer, openStoppedProgram } from './command-database.ts';
import { askProgram, problemText } from './program-client.ts';

const usage = `Checks the school's data, or copies the coming lessons for an outage

Usage: npm run -s school -- verify [--json]
       npm run -s school -- standby [--json]

  verify   check all data: double bookings, claims, standby copies, enrolments, guardians, expired documents
  standby  copy the lessons of the coming days to this machine now
  --json   one JSON object a line, for programs
  --help   show this text

verify changes nothing. Both work while the program runs and while it is stopped.

Exit codes: 0 good, 1 something was found, 2 wrong usage, 3 cannot be known now.

Environment: DATA_DIR, DATABASE_URL and SCHOOL_NOW as for npm start. See npm start -- --help.
`;

const exit = { good: 0, findings: 1, usage: 2, unknown: 3 } as const;
type ExitCode = (typeof exit)[keyof typeof exit];

/** Findings that are printed of each check. */
const shownMax = 10;

/** The command line is wrong. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface Options {
  readonly json: boolean;
}

const subcommands: Readonly<Record<string, (config: Config, options: Options) => Promise<ExitCode>>> = {
  verify,
  standby,
};

/** The answers of the running program. */
const differencesSchema = z.object({ data: z.object({ found: z.int().min(0) }) });
const copiedSchema = z.object({ as_of: z.string().nullable(), schools: z.int(), lessons: z.int() });
type Copied = z.infer<typeof copiedSchema>;
const refreshedSchema = z.object({ data: copiedSchema });

process.exitCode = await main();

async function main(): Promise<ExitCode> {
  try {
    const { values, positionals } = read();
    if (values.help === true) {
      process.stdout.write(usage);
      return exit.good;
    }
    const [name = '', ...rest] = positionals;
    const run = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
    if (run === undefined || rest.length > 0) {
      throw new UsageError(
        name === '' ? 'Say what to do: verify or standby.' : `There is no command “${positionals.join(' ')}”.`,
      );
    }
    return await run(readConfig(process.env), { json: values.json === true });
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message} See npm run -s school -- --help.\n`);
      return exit.usage;
    }
    process.stderr.write(`${terminalMessage(error, 'The command failed, so the answer is not known.')}\n`);
    return exit.unknown;
  }
}

function read() {
  try {
    return parseArgs({
      options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
  } catch (error) {
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split('. ');
    throw new UsageError(`${sentence.replace(/\.$/, '')}.`, { cause: error });
  }
}

async function verify(config: Config, { json }: Options): Promise<ExitCode> {
  const now = config.schoolNow ?? Temporal.Now.instant();
  await using database = await connectForCommand(config);
  let total = 0;
  try {
    const results = runChecks(database.kysely, {
      now,
      today: (zone) => now.toZonedDateTimeISO(zone).toPlainDate().toString(),
      standbyDifferences: () => standbyDifferences(config),
    });
    for await (const result of results) {
      total += result.findings.length;
      announce(json ? lineOf(result) : reportOf(result));
    }
  } catch (error) {
    throw isConnectionError(error) ? noAnswer(config, error) : error;
  }
  if (!json) announce(total === 0 ? '\nEverything is as it should be.' : `\n${total} in total. Nothing was changed.`);
  return total === 0 ? exit.good : exit.findings;
}

function lineOf({ check, findings }: CheckResult): string {
  return JSON.stringify({ check: check.name, found: findings.length });
}

function reportOf({ check, findings }: CheckResult): string {
  const count = findings.length === 0 ? 'ok' : `${findings.length} found`;
  const more = findings.length - shownMax;
  return [
    `${check.name.padEnd(20)} ${count.padEnd(10)} ${check.rule}`,
    ...findings.slice(0, shownMax).map(({ text, ids }) => `  - ${text}${idsText(text, ids)}`),
    ...(more > 0 ? [`  - and ${more} more`] : []),
    ...(findings.length > 0 ? [`  Next step: ${check.advice}`] : []),
  ].join('\n');
}

/** The IDs that the sentence does not contain. */
function idsText(text: string, ids: readonly string[]): string {
  const others = ids.filter((id) => !text.includes(id)).slice(0, shownMax);
  return others.length === 0 ? '' : ` (${others.join(', ')})`;
}

/** Asks the running program. @returns undefined when none runs, or when it keeps no copies */
async function standbyDifferences({ dataDirectory }: Config): Promise<number | undefined> {
  const answer = await askProgram(dataDirectory, 'GET', '/api/standby/findings');
  if (answer === undefined || answer.status === 404) return undefined;
  const { data } = differencesSchema.safeParse(answer.body);
  if (data === undefined) throw new CommandError(problemText(answer));
  return data.data.found;
}

async function standby(config: Config, { json }: Options): Promise<ExitCode> {
  const copied = (await refreshedByProgram(config)) ?? (await copiedHere(config));
  const { as_of: asOf, lessons } = copied;
  announce(
    json
      ? JSON.stringify(copied)
      : `${lessons} ${lessons === 1 ? 'lesson' : 'lessons'} copied${asOf === null ? '' : `, as of ${asOf}`}.`,
  );
  return exit.good;
}

/** Asks the running program, which alone can open its local store. @returns undefined when none runs */
async function refreshedByProgram({ dataDirectory }: Config): Promise<Copied | undefined> {
  const answer = await askProgram(dataDirectory, 'POST', '/api/standby/refresh');
  if (answer === undefined) return undefined;
  if (answer.status === 404) throw new CommandError('The running program keeps no standby copies.');
  const { data } = refreshedSchema.safeParse(answer.body);
  if (data === undefined) throw new CommandError(problemText(answer));
  return data.data;
}

/** Copies while the program does not run. */
async function copiedHere(config: Config): Promise<Copied> {
  await using stopped = await openStoppedProgram(config);
  const wallClock = config.schoolNow === undefined ? systemWallClock : wallClockFrom(config.schoolNow);
  try {
    const copies = await copyAhead({ database: stopped.kysely, local: stopped.local, wallClock });
    const [oldest] = copies.map(({ asOf }) => asOf).toSorted((one, other) => Temporal.Instant.compare(one, other));
    return {
      as_of: oldest?.toString({ smallestUnit: 'millisecond' }) ?? null,
      schools: copies.length,
      lessons: copies.reduce((sum, { lessonCount }) => sum + lessonCount, 0),
    };
  } catch (error) {
    throw isConnectionError(error) ? noAnswer(config, error) : error;
  }
}
