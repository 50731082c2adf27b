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
    stdout.write(breakerTable(listOf(overview, 'breakers'), now));
    stdout.write(serviceTable(listOf(overview, 'services'), now));
    stdout.write(incidentLines(listOf(overview, 'incidents')));
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
  return state === 'open' && test !== undefined ? `open, tests in ${roughly(-test)}` : state;
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

function incidentLines(incidents: readonly Answer[]): string {
  if (incidents.length === 0) return '';
  const lines = incidents.map((incident) =>
    plain(`Incident ${String(incident['number'])}, ${textOf(incident, 'state')}: ${textOf(incident, 'title')}`),
  );
  return `\n${lines.join('\n')}\n`;
}

function sinceOf(answer: Answer, now: number): string {
  const ms = msSince(answer, 'since', now);
  return ms === undefined ? '' : roughly(ms);
}
