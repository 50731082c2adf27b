import type { StatusShape } from '@dualbrake/kit';
import type { Tone } from '@dualbrake/kit';

/** Each state has a shape and a word; colour only repeats them. */
export const shapeLegend: readonly {
  readonly shape: StatusShape;
  readonly tone: Tone;
  readonly word: string;
  readonly meaning: string;
}[] = [
  { shape: 'circle', tone: 'success', word: 'Closed', meaning: 'calls flow' },
  { shape: 'square', tone: 'danger', word: 'Open', meaning: 'calls are blocked' },
  { shape: 'half', tone: 'warning', word: 'Half-open', meaning: 'probing with a few calls' },
  { shape: 'hexagon', tone: 'danger', word: 'Isolated', meaning: 'calls are blocked by an operator, until a set time' },
  { shape: 'triangle', tone: 'warning', word: 'Held closed', meaning: 'protection is off, until a set time' },
  { shape: 'dotted', tone: 'neutral', word: 'No calls', meaning: 'nothing to measure' },
  {
    shape: 'hourglass',
    tone: 'warning',
    word: 'No report',
    meaning: 'out of date, or still running',
  },
];
