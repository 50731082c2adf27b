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
  const textsOf = (kind: AttentionView['kind']): string[] => of(kind).map(({ text }) => text);
  const one = (
    kind: AttentionView['kind'],
    text: (names: string, items: readonly AttentionView[]) => string,
  ): string[] => (of(kind).length === 0 ? [] : [text(names(of(kind)), of(kind))]);
  const share = (items: readonly AttentionView[]): string =>
    `${items.length} of ${breakerCount} breakers ${items.length === 1 ? 'is' : 'are'}`;
  const blocking = one('blocking', (which, items) => `${share(items)} blocking calls: ${which}.`);
  const testing = one('testing', (which, items) => `${share(items)} testing whether calls work again: ${which}.`);
  const wrong = [
    ...blocking,
    ...one('held_closed', (which) => `An operator is holding the ${which} closed: protection is off.`),
    ...one('isolated', (which) => `An operator has isolated the ${which}.`),
    ...textsOf('service'),
    ...textsOf('unknown'),
    ...(blocking.length === 0 ? testing : []),
    ...one('drill', (which) => `A drill is running: ${which}.`),
    ...textsOf('store'),
  ];
  // While something else is wrong, the incident is about that.
  const incidents = of('incident').flatMap(({ tone, text }) => (tone === 'info' ? [] : [text]));
  const sentences = wrong.length === 0 ? incidents : wrong;
  const tone = toneOf(attention);
  if (sentences.length > 0) return { tone, text: sentences.join(' ') };
  return { tone, text: [allClosed(breakerCount), ...textsOf('trial')].join(' ') };
}

function allClosed(breakerCount: number): string {
  if (breakerCount === 0) return 'There are no breakers yet.';
  return breakerCount === 1
    ? 'The one breaker is closed: calls flow.'
    : `All ${breakerCount} breakers are closed: calls flow.`;
}

function toneOf(attention: readonly AttentionView[]): OverviewView['verdict']['tone'] {
  if (attention.some(({ tone }) => tone === 'bad')) return 'bad';
  return attention.some(({ tone }) => tone === 'warning') ? 'warning' : 'good';
}

function names(items: readonly AttentionView[]): string {
  const named = items.slice(0, NAMED).map(({ name }) => name);
  return `${named.join(', ')}${items.length > NAMED ? ` and ${items.length - NAMED} more` : ''}`;
}
