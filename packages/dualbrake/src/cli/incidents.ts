import { listOf, msSince, numberOf, textOf, type Answer } from './answer.ts';
import { ConsoleClient } from './console-client.ts';
import { addressOf, readOptions } from './options.ts';
import { CommandError, type Surroundings } from './surroundings.ts';
import { plainLines, roughly, table } from './text.ts';

/** Lists incidents, or tells one. */
export async function incidents(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const given = readOptions(args, { open: { type: 'boolean' }, limit: { type: 'string' } }, 1);
  const limit = limitOf(given.text('limit') ?? '20');
  const [number] = given.words;
  if (number !== undefined && !/^\d{1,9}$/.test(number)) {
    throw new CommandError(`Expected an incident number, got "${number}". "dualbrake incidents" lists them.`, 2);
  }
  const client = new ConsoleClient(addressOf(given, surroundings), surroundings);
  const { stdout } = surroundings;
  if (number !== undefined) {
    const format = given.has('json') ? 'json' : 'markdown';
    const text = await client.text(`incidents/${number}/export?format=${format}`);
    stdout.write(`${(format === 'json' ? text : plainLines(text)).trimEnd()}\n`);
    return 0;
  }
  const answer = await client.get(`incidents?limit=${limit}${given.has('open') ? '&state=open' : ''}`);
  const found = listOf(answer, 'incidents');
  if (given.has('json')) stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  else if (found.length === 0) stdout.write(given.has('open') ? 'No open incidents.\n' : 'No incidents yet.\n');
  else stdout.write(incidentTable(found, surroundings.now()));
  return 0;
}

function incidentTable(found: readonly Answer[], now: number): string {
  const rows = found.map((incident) => {
    const took = incident['recover_ms'];
    return [
      numberOf(incident, 'number'),
      textOf(incident, 'state'),
      textOf(incident, 'severity'),
      `${roughly(msSince(incident, 'opened_at', now) ?? 0)} ago`,
      typeof took === 'number' ? roughly(took) : '',
      textOf(incident, 'title'),
    ];
  });
  return table(['NUMBER', 'STATE', 'SEVERITY', 'OPENED', 'TOOK', 'WHAT'], rows);
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 200) return limit;
  throw new CommandError(`--limit must be a whole number from 1 to 200, got "${text}".`, 2);
}
