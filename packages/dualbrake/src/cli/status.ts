import { listOf, msSince, objectOf, textOf, type Answer } from './answer.ts';
import { ConsoleClient } from './console-client.ts';
import { addressOf, readOptions } from './options.ts';
import type { Surroundings } from './surroundings.ts';
import { plain, roughly, table, toned } from './text.ts';

/** @returns 0 when all is well, 1 when it is not */
export async function status(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const given = readOptions(args, {}, 0);
  const client = new ConsoleClient(addressOf(given, surroundings), surroundings);
  const overview = await client.get('overview');
  const verdict = objectOf(overview['verdict'], 'verdict');
  const tone = textOf(verdict, 'tone');
  const { stdout } = surroundings;
  if (given.has('json')) stdout.write(`${JSON.stringify(overview, null, 2)}\n`);
  else {
    const now = surroundings.now();
    stdout.write(`${toned(plain(textOf(verdict, 'text')), tone, stdout)}\n`);
    stdout.write(needsYou(listOf(overview, 'attention'), now));
    stdout.write(breakerTable(listOf(overview, 'breakers'), now));
    stdout.write(serviceTable(listOf(overview, 'services'), now));
  }
  return tone === 'good' ? 0 : 1;
}

function breakerTable(breakers: readonly Answer[], now: number): string {
  if (breakers.length === 0) return '';
  const rows = breakers.map((breaker) => [
    stateOf(breaker, now),
    sinceOf(breaker, now),
    textOf(breaker, 'id'),
    textOf(breaker, 'reason'),
  ]);
  return `\n${table(['STATE', 'FOR', 'BREAKER', 'WHY'], rows)}`;
}

/** What holds calls up, or lets them through: an order, or the breaker itself. */
function stateOf(breaker: Answer, now: number): string {
  if (typeof breaker['override'] === 'object' && breaker['override'] !== null) {
    const override = objectOf(breaker['override'], 'order');
    const endsIn = -(msSince(override, 'ends_at', now) ?? 0);
    return `${textOf(override, 'mode').replace('_', ' ')}, ${roughly(endsIn)} left`;
  }
  const test = msSince(breaker, 'next_test_at', now);
  const state = textOf(breaker, 'state');
  return state === 'open' && test !== undefined ? `open, probe in ${roughly(-test)}` : state;
}

function serviceTable(services: readonly Answer[], now: number): string {
  if (services.length === 0) return '';
  const rows = services.map((service) => [
    textOf(service, 'state'),
    sinceOf(service, now),
    textOf(service, 'id'),
    textOf(service, 'reason'),
  ]);
  return `\n${table(['STATE', 'FOR', 'SERVICE', 'WHY'], rows)}`;
}

/** The same list as on the console's page. */
function needsYou(attention: readonly Answer[], now: number): string {
  if (attention.length === 0) return '';
  const lines = attention.map((item) => {
    const endsIn = msSince(item, 'ends_at', now);
    const end = endsIn === undefined ? '' : ` Ends in ${roughly(-endsIn)}.`;
    return `  ${plain(textOf(item, 'text'))}${end}\n`;
  });
  return `\nNeeds you:\n${lines.join('')}`;
}

function sinceOf(answer: Answer, now: number): string {
  const ms = msSince(answer, 'since', now);
  return ms === undefined ? '' : roughly(ms);
}
