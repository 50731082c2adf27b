import type { AuditRecord } from '../../../src/contract.ts';
import type { Look } from '../../words/words.ts';

/** What was done, as a noun: `Isolation`. */
const nouns: Readonly<Record<string, string>> = {
  'breaker.trip': 'Trip',
  'breaker.probe': 'Half-open',
  'breaker.reset': 'Close and reset',
  'breaker.override.release': 'Release',
  'breaker.override.expired': 'Override expired',
  'recovery.reset': 'Close and reset by automatic recovery',
  'config.saved': 'Settings change',
  'config.restored': 'Settings restore',
  'config.reverted': 'Temporary settings reverted',
  'config.loaded': 'Settings loaded at start',
  'fault.started': 'Drill start',
  'fault.stopped': 'Drill stop',
  'fault.ended': 'Drill end',
  'incident.acknowledge': 'Incident acknowledgement',
  'incident.resolve': 'Incident resolution',
  'incident.note': 'Incident note',
  'audit.exported': 'Audit log export',
  'logs.exported': 'Log export',
  'console.sign-in': 'Sign-in with the operator’s token',
  'console.sign-out': 'Sign-out',
};

/** `Isolation requested` for what was about to be done, and `Isolation` for what came of it. */
export function auditWhat({ action, phase, params }: Pick<AuditRecord, 'action' | 'phase' | 'params'>): string {
  const noun = nounOf(action, params);
  return phase === 'intent' ? `${noun} requested` : noun;
}

function nounOf(action: string, params: AuditRecord['params']): string {
  if (action === 'breaker.override.set') return params['mode'] === 'held_closed' ? 'Hold closed' : 'Isolation';
  const known = nouns[action];
  if (known !== undefined) return known;
  const words = action.replace(/^service\./, '').replaceAll(/[._-]+/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Who it was: the name by which the console knows this id. */
export function auditWho({ actor }: Pick<AuditRecord, 'actor'>, names: Readonly<Record<string, string>>): string {
  if (actor.type === 'system') return 'Automatic';
  if (actor.type === 'unknown') return 'Not signed in';
  return names[actor.id] ?? 'Unknown person';
}

/** How a line looks: what was intended, and what came of it. */
export function auditLook({ phase, outcome }: Pick<AuditRecord, 'phase' | 'outcome'>): Look {
  if (phase === 'intent') return { word: 'Requested', shape: 'ring', tone: 'neutral' };
  return outcomes[outcome ?? 'recorded'];
}

const outcomes: Readonly<Record<NonNullable<AuditRecord['outcome']>, Look>> = {
  applied: { word: 'Done', shape: 'check', tone: 'success' },
  partial: { word: 'Partly done', shape: 'half', tone: 'warning' },
  failed: { word: 'Failed', shape: 'triangle', tone: 'danger' },
  interrupted: { word: 'Interrupted', shape: 'triangle', tone: 'warning' },
  denied: { word: 'Denied', shape: 'square', tone: 'danger' },
  recorded: { word: 'Recorded', shape: 'circle', tone: 'neutral' },
};
