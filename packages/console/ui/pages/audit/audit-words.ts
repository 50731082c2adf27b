import type { AuditRecord } from '../../../src/contract.ts';
import { wordsOf, type Status } from '../../words/words.ts';

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

/** `Isolation requested` for the entry before the action, `Isolation` for its result. */
export function auditWhat({ action, phase, params }: Pick<AuditRecord, 'action' | 'phase' | 'params'>): string {
  const noun = nounOf(action, params);
  return phase === 'intent' ? `${noun} requested` : noun;
}

function nounOf(action: string, params: AuditRecord['params']): string {
  if (action === 'breaker.override.set') return params['mode'] === 'held_closed' ? 'Hold closed' : 'Isolation';
  return nouns[action] ?? wordsOf(action.replace(/^service\./, ''));
}

/** The name of the user, or `Unknown user`. */
export function auditWho({ actor }: Pick<AuditRecord, 'actor'>, names: Readonly<Record<string, string>>): string {
  if (actor.type === 'system') return 'Automatic';
  if (actor.type === 'unknown') return 'Not signed in';
  return names[actor.id] ?? 'Unknown user';
}

export function auditStatus({ phase, outcome }: Pick<AuditRecord, 'phase' | 'outcome'>): Status {
  if (phase === 'intent') return { label: 'Requested', shape: 'ring', tone: 'neutral' };
  return auditOutcomes[outcome ?? 'recorded'];
}

export const auditOutcomes: Readonly<Record<NonNullable<AuditRecord['outcome']>, Status>> = {
  applied: { label: 'Done', shape: 'check', tone: 'success' },
  partial: { label: 'Partly done', shape: 'half', tone: 'warning' },
  failed: { label: 'Failed', shape: 'triangle', tone: 'danger' },
  interrupted: { label: 'Interrupted', shape: 'triangle', tone: 'warning' },
  denied: { label: 'Denied', shape: 'square', tone: 'danger' },
  recorded: { label: 'Recorded', shape: 'circle', tone: 'neutral' },
};
