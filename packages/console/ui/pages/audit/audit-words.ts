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
  switch (outcome) {
    case 'applied':
      return { word: 'Done', shape: 'check', tone: 'success' };
    case 'partial':
      return { word: 'Done in part', shape: 'half', tone: 'warning' };
    case 'failed':
      return { word: 'Failed', shape: 'triangle', tone: 'danger' };
    case 'interrupted':
      return { word: 'Interrupted', shape: 'triangle', tone: 'warning' };
    case 'denied':
      return { word: 'Denied', shape: 'square', tone: 'danger' };
    default:
      return { word: 'Recorded', shape: 'circle', tone: 'neutral' };
  }
}
