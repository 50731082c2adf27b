import { listOf, textOf, type Answer } from './answer.ts';
import type { ConsoleClient } from './console-client.ts';
import { CommandError } from './surroundings.ts';
import { plain } from './text.ts';

/** Pages of breakers that are looked through at most, 200 each. */
const PAGES_MAX = 50;
/** More names than this nobody reads. */
const NAMED_MAX = 20;

export async function allBreakers(client: ConsoleClient): Promise<Answer[]> {
  const all: Answer[] = [];
  let cursor = '';
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await client.get(
      `breakers?limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    all.push(...listOf(answer, 'breakers'));
    cursor = textOf(answer, 'next_cursor');
    if (cursor === '') break;
  }
  return all;
}

/**
 * A breaker by its id, or by its name where only one has it.
 *
 * @throws CommandError naming those that there are
 */
export async function findBreaker(client: ConsoleClient, wanted: string): Promise<string> {
  const all = await allBreakers(client);
  const ids = all.map((breaker) => textOf(breaker, 'id'));
  if (ids.includes(wanted)) return wanted;
  const named = all.filter((breaker) => textOf(breaker, 'name') === wanted).map((breaker) => textOf(breaker, 'id'));
  const [only] = named;
  if (only !== undefined && named.length === 1) return only;
  if (named.length > 1)
    throw new CommandError(`Several breakers are named "${wanted}". Use an id: ${listed(named)}.`, 2);
  const known = ids.length === 0 ? 'There are no breakers.' : `Known breakers: ${listed(ids)}.`;
  throw new CommandError(`No breaker matches "${wanted}". ${known}`, 2);
}

function listed(names: readonly string[]): string {
  const more = names.length > NAMED_MAX ? [`${names.length - NAMED_MAX} more`] : [];
  return plain([...names.slice(0, NAMED_MAX), ...more].join(', '));
}
