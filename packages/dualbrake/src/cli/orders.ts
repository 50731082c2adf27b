import { objectOf, textOf, type Answer } from './answer.ts';
import { ConsoleClient } from './console-client.ts';
import { findBreaker } from './find-breaker.ts';
import { addressOf, readOptions, type Given } from './options.ts';
import { CommandError, type Surroundings } from './surroundings.ts';
import { durationOf, plain, roughly } from './text.ts';

/** Longest time for which a breaker is isolated: the console refuses more. */
const LONGEST_MS = 24 * 3_600_000;

/** Rejects all calls of a breaker for a while. */
export async function isolate(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const given = readOptions(args, { reason: { type: 'string' }, for: { type: 'string' } }, 1);
  const wanted = wantedBreaker(given);
  const reason = reasonOf(given);
  const forMs = timeOf(given.text('for'));
  const client = new ConsoleClient(addressOf(given, surroundings), surroundings);
  const id = await findBreaker(client, wanted);
  const end = forMs === undefined ? {} : { expires_at: new Date(surroundings.now() + forMs).toISOString() };
  const breaker = await client.order('PUT', overrideOf(id), { mode: 'isolated', reason, ...end });
  const override = objectOf(breaker['override'], 'order');
  const endsAt = textOf(override, 'ends_at');
  const left = roughly(Date.parse(endsAt) - surroundings.now());
  say(given, surroundings, breaker, `${id} is isolated: its calls are rejected until ${endsAt} (${left}).`);
  return 0;
}

/** Ends an isolation or a hold: the breaker returns to its automatic state. */
export async function release(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const given = readOptions(args, { reason: { type: 'string' } }, 1);
  const wanted = wantedBreaker(given);
  const reason = reasonOf(given);
  const client = new ConsoleClient(addressOf(given, surroundings), surroundings);
  const id = await findBreaker(client, wanted);
  const breaker = await client.order('DELETE', overrideOf(id), { reason });
  say(given, surroundings, breaker, `${id} is released. Its automatic state is ${textOf(breaker, 'state')}.`);
  return 0;
}

function say(given: Given, { stdout }: Surroundings, breaker: Answer, sentence: string): void {
  stdout.write(given.has('json') ? `${JSON.stringify(breaker, null, 2)}\n` : `${plain(sentence)}\n`);
}

function overrideOf(id: string): string {
  return `breakers/${encodeURIComponent(id)}/override`;
}

function wantedBreaker({ words: [wanted] }: Given): string {
  if (wanted === undefined) throw new CommandError('Name a breaker by id or name. "dualbrake status" lists them.', 2);
  return wanted;
}

function reasonOf(given: Given): string {
  const reason = given.text('reason')?.trim() ?? '';
  if (reason.length >= 3 && reason.length <= 500) return reason;
  throw new CommandError('Give a reason with --reason "…", 3 to 500 characters. Others will read it.', 2);
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = durationOf(text);
  if (ms !== undefined && ms <= LONGEST_MS) return ms;
  throw new CommandError(`--for must be a duration of at most 24 h, such as 90s, 15m or 2h, got "${text}".`, 2);
}
