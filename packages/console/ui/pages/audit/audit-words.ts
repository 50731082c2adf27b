import type { AuditRecord } from '../../../src/contract.ts';
import type { Look } from '../../words/words.ts';

/** `Breaker trip`, from `breaker.trip`. */
export function auditWhat({ action, phase }: Pick<AuditRecord, 'action' | 'phase'>): string {
  const words = action.replaceAll(/[._-]+/g, ' ');
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return phase === 'intent' ? `${text}, about to` : text;
}

/** How a line looks: what was intended, and what came of it. */
export function auditLook({ phase, outcome }: Pick<AuditRecord, 'phase' | 'outcome'>): Look {
  if (phase === 'intent') return { word: 'Intended', shape: 'ring', tone: 'neutral' };
  return outcomes[outcome ?? 'recorded'];
}

const outcomes: Readonly<Record<NonNullable<AuditRecord['outcome']>, Look>> = {
  applied: { word: 'Done', shape: 'check', tone: 'success' },
  partial: { word: 'Done in part', shape: 'half', tone: 'warning' },
  failed: { word: 'Failed', shape: 'triangle', tone: 'danger' },
  interrupted: { word: 'Interrupted', shape: 'triangle', tone: 'warning' },
  denied: { word: 'Denied', shape: 'square', tone: 'danger' },
  recorded: { word: 'Recorded', shape: 'circle', tone: 'neutral' },
};
