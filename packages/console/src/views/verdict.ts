import type { BreakerView, FaultView, OverviewView, ServiceView, StoreView } from '../contract.ts';

/** A word of a service's own says nothing about how well it is. */
const unwellStates: Readonly<Record<string, 'warning' | 'bad'>> = {
  down: 'bad',
  failed: 'bad',
  starting: 'warning',
  restarting: 'warning',
  draining: 'warning',
  unknown: 'warning',
};

/** More names than this nobody reads in a sentence. */
const NAMED = 3;

/** One sentence about everything, made by rule; more only where more must be known at once. */
export function verdictOf(
  breakers: readonly BreakerView[],
  services: readonly ServiceView[],
  faults: readonly FaultView[],
  store: StoreView,
): OverviewView['verdict'] {
  const down = services.filter(({ state }) => unwellStates[state] !== undefined);
  const isolated = breakers.filter(({ override }) => override?.mode === 'isolated');
  const held = breakers.filter(({ override }) => override?.mode === 'held_closed');
  const open = breakers.filter(({ state, override }) => state === 'open' && override === null);
  const testing = breakers.filter(({ state }) => state === 'half-open');
  const sentences: string[] = [];
  let tone: OverviewView['verdict']['tone'] = 'good';
  const say = (how: 'warning' | 'bad', text: string): void => {
    sentences.push(text);
    if (tone !== 'bad') tone = how;
  };
  // Since when, why and until when is in the breakers: how a page says times is its own business.
  if (open.length > 0) {
    say('bad', `${open.length} of ${breakers.length} breakers ${are(open)} blocking calls: ${names(open)}.`);
  }
  if (held.length > 0) say('bad', `Protection is off by order: ${names(held)}.`);
  if (isolated.length > 0) say('warning', `Blocked by order: ${names(isolated)}.`);
  for (const { name, state, reason } of down) {
    say(unwellStates[state] ?? 'warning', `The service ${name} is ${state}${reason === '' ? '' : `: ${reason}`}.`);
  }
  if (open.length === 0 && testing.length > 0) {
    say(
      'warning',
      `${testing.length} of ${breakers.length} breakers ${are(testing)} testing whether calls work again: ${names(testing)}.`,
    );
  }
  if (faults.length > 0) say('warning', `A drill is under way: ${faults.map(({ target }) => target).join(', ')}.`);
  if (store.state === 'failing') say('warning', `Changes are refused: ${store.reason}`);
  if (sentences.length > 0) return { tone, text: sentences.join(' ') };
  if (breakers.length === 0) return { tone: 'good', text: 'There are no breakers yet.' };
  const text =
    breakers.length === 1
      ? 'The one breaker is closed: calls flow.'
      : `All ${breakers.length} breakers are closed: calls flow.`;
  return { tone: 'good', text };
}

function are(breakers: readonly BreakerView[]): string {
  return breakers.length === 1 ? 'is' : 'are';
}

function names(breakers: readonly BreakerView[]): string {
  const named = breakers.slice(0, NAMED).map(({ name }) => name);
  if (breakers.length > NAMED) named.push(`${breakers.length - NAMED} more`);
  return named.join(', ');
}
