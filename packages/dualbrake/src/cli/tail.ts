import { listOf, objectOf, textOf, type Answer } from './answer.ts';
import { ConsoleClient } from './console-client.ts';
import { eventsOf, type StreamEvent } from './event-stream.ts';
import { addressOf, readOptions } from './options.ts';
import { CommandError, type Surroundings } from './surroundings.ts';
import { plain } from './text.ts';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** What is not for people: what the stream says of itself, and what `status` shows. */
const silent = new Set(['hello', 'snapshot', 'delta', 'heartbeat', 'message', 'bye', 'lagged']);

/** Shows what happens, as it happens, until somebody presses Ctrl-C. Goes on where it was when the stream is lost. */
export async function tail(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const given = readOptions(args, { level: { type: 'string' }, breaker: { type: 'string' } }, 0);
  const level = given.text('level');
  if (level !== undefined && !levels.includes(level)) {
    throw new CommandError(`--level must be one of ${levels.join(', ')}, got "${level}".`, 2);
  }
  const breaker = given.text('breaker');
  const client = new ConsoleClient(addressOf(given, surroundings), surroundings);
  const query = new URLSearchParams({ topics: level === undefined ? 'changes' : 'logs' });
  if (level !== undefined) query.set('level', level);
  if (breaker !== undefined) query.set('breaker', breaker);

  let lastId: string | undefined;
  let failures = 0;
  const tell = (event: StreamEvent): void => {
    failures = 0;
    if (event.id !== undefined) lastId = event.id;
    for (const line of linesOf(event, breaker, given.has('json'))) surroundings.stdout.write(`${line}\n`);
  };
  while (!surroundings.signal.aborted) {
    try {
      const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
      const stream = await client.stream(`events?${query}`, headers);
      for await (const event of eventsOf(stream)) tell(event);
    } catch (error) {
      if (surroundings.signal.aborted) break;
      // Refused, or never there: to try again would not help, or hide a wrong address.
      if (error instanceof CommandError && (error.exitCode !== 3 || lastId === undefined)) throw error;
    }
    if (surroundings.signal.aborted) break;
    failures += 1;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
    if (failures > 1) surroundings.stderr.write(`Connection lost. Retrying in ${pauseMs / 1_000} s.\n`);
    await surroundings.sleep(pauseMs);
  }
  return 0;
}

function linesOf({ event, data }: StreamEvent, breaker: string | undefined, isJson: boolean): string[] {
  if (silent.has(event)) return [];
  const content = parsed(data);
  if (event === 'log') {
    const dropped = content['dropped'];
    const lines = listOf(content, 'lines').map((line) => (isJson ? JSON.stringify(line) : logLine(line)));
    return typeof dropped === 'number' && dropped > 0 && !isJson ? [...lines, `(${dropped} lines omitted)`] : lines;
  }
  if (breaker !== undefined && textOf(content, 'target') !== breaker) return [];
  if (isJson) return [JSON.stringify({ event, ...content })];
  if (event === 'resync') return ['(some events were missed and are no longer available)'];
  return [event === 'operation' ? operationLine(content) : changeLine(content)];
}

function parsed(data: string): Answer {
  try {
    return objectOf(JSON.parse(data), 'event');
  } catch (error) {
    if (error instanceof SyntaxError) throw new CommandError('The console sent an event that isn’t JSON.', 3);
    throw error;
  }
}

function changeLine(change: Answer): string {
  const actor = textOf(change, 'actor');
  const why = textOf(change, 'why');
  return plain(
    `${textOf(change, 'at')}  ${textOf(change, 'kind').padEnd(10)}  ${textOf(change, 'target')}: ${textOf(change, 'what')}` +
      `${why === '' ? '' : ` (${why})`}${actor === '' ? '' : ` by ${actor}`}`,
  );
}

function operationLine(operation: Answer): string {
  const at = textOf(operation, 'ended_at') || textOf(operation, 'requested_at');
  const message = textOf(operation, 'message');
  return plain(
    `${at}  ${'operation'.padEnd(10)}  ${textOf(operation, 'service')}: ${textOf(operation, 'action')} ` +
      `${textOf(operation, 'state')}${message === '' ? '' : ` (${message})`} by ${textOf(operation, 'actor')}`,
  );
}

function logLine(line: Answer): string {
  const breaker = textOf(line, 'breaker');
  const id = textOf(line, 'correlation_id');
  return plain(
    `${textOf(line, 'at')}  ${textOf(line, 'level').padEnd(5)}  ${textOf(line, 'message')}` +
      `${breaker === '' ? '' : ` [${breaker}]`}${id === '' ? '' : ` [${id}]`}`,
  );
}
