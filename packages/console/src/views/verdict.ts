import type { AttentionView, OverviewView } from '../contract.ts';

/** Names in one sentence, at most. */
const NAMED = 3;

/**
 * Summarizes what needs a person, in one sentence if possible. Contains no times: they are in the items, and each page
 * formats them its own way.
 *
 * @param breakerCount number of all breakers
 */
export function verdictOf(attention: readonly AttentionView[], breakerCount: number): OverviewView['verdict'] {
  const of = (kind: AttentionView['kind']): readonly AttentionView[] => attention.filter((item) => item.kind === kind);
  const blocking = of('blocking');
  const testing = of('testing');
  const isolated = of('isolated');
  const held = of('held_closed');
  const drills = of('drill');
  const sentences: string[] = [];
  if (blocking.length > 0)
    sentences.push(
      `${blocking.length} of ${breakerCount} breakers ${are(blocking)} blocking calls: ${names(blocking)}.`,
    );
  if (held.length > 0) sentences.push(`An operator is holding the ${names(held)} closed: protection is off.`);
  if (isolated.length > 0) sentences.push(`An operator has isolated the ${names(isolated)}.`);
  sentences.push(...of('service').map(({ text }) => text));
  if (blocking.length === 0 && testing.length > 0)
    sentences.push(
      `${testing.length} of ${breakerCount} breakers ${are(testing)} testing whether calls work again: ${names(testing)}.`,
    );
  if (drills.length > 0) sentences.push(`A drill is running: ${names(drills)}.`);
  sentences.push(...of('store').map(({ text }) => text));
  // While something else is wrong, the incident is about that.
  const incidents = of('incident');
  if (sentences.length === 0)
    sentences.push(...incidents.filter(({ tone }) => tone !== 'info').map(({ text }) => text));
  const tone = toneOf(attention);
  if (sentences.length > 0) return { tone, text: sentences.join(' ') };
  const well =
    breakerCount === 0
      ? 'There are no breakers yet.'
      : breakerCount === 1
        ? 'The one breaker is closed: calls flow.'
        : `All ${breakerCount} breakers are closed: calls flow.`;
  return { tone, text: [well, ...of('trial').map(({ text }) => text)].join(' ') };
}

function toneOf(attention: readonly AttentionView[]): OverviewView['verdict']['tone'] {
  if (attention.some(({ tone }) => tone === 'bad')) return 'bad';
  return attention.some(({ tone }) => tone === 'warning') ? 'warning' : 'good';
}

function are(items: readonly AttentionView[]): string {
  return items.length === 1 ? 'is' : 'are';
}

function names(items: readonly AttentionView[]): string {
  const named = items.slice(0, NAMED).map(({ name }) => name);
  return `${named.join(', ')}${items.length > NAMED ? ` and ${items.length - NAMED} more` : ''}`;
}
