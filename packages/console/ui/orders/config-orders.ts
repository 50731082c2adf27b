import type { RevisionView, SettingsPatch } from '../../src/contract.ts';
import { done } from './breaker-orders.ts';
import type { Intent, Progress } from './intent.ts';

interface Common {
  /** Without quotes. */
  readonly etag: string;
  /** What changes, line by line. */
  readonly lines: readonly string[];
  /** What it would have done to the traffic of the last hour, one sentence a breaker. */
  readonly estimates?: readonly string[];
  /** The newest revision that has been seen. */
  readonly seen: () => number;
  readonly taken: (revision: RevisionView) => void;
}

/** Saves settings, permanently or temporarily. */
export function saveSettings(
  { etag, lines, estimates = [], seen, taken }: Common,
  patch: SettingsPatch,
  active: number,
  forAWhile: boolean,
  empties: readonly string[],
): Intent {
  const many = `${lines.length} setting${lines.length === 1 ? '' : 's'}`;
  return {
    id: `settings ${forAWhile}`,
    question: forAWhile ? `Try ${many} temporarily?` : `Save ${many}?`,
    verb: forAWhile ? `Try ${many}` : `Save ${many}`,
    extent: `${many}, on top of revision ${active}`,
    consequence: 'All changes apply together. Running calls and history are kept.',
    wayBack: forAWhile
      ? 'The changes are reverted automatically at the time you choose. Restoring a revision ends them sooner.'
      : `Restore revision ${active} to return to the settings that are active now.`,
    nowLabel: 'Changes',
    now: lines,
    ...(estimates.length === 0 ? {} : { estimates }),
    warning:
      empties.length > 0 ? `These breakers forget what they have counted so far: ${empties.join(', ')}.` : undefined,
    ...(forAWhile ? { minutes: [30, 5, 15, 60, 240] as const } : {}),
    reason: '',
    request: ({ reason, endsAt }) => ({
      method: 'PATCH',
      path: 'config',
      body: { settings: patch, reason, ...(endsAt === undefined ? {} : { auto_revert_at: endsAt }) },
      ifMatch: etag,
    }),
    progress: (_report, { answer }) => progressOf(answer as RevisionView, seen()),
    taken: (answer) => taken(answer as RevisionView),
  };
}

/** Makes a new revision with the settings of an old one. */
export function restoreRevision({ etag, lines, seen, taken }: Common, revision: number, active: number): Intent {
  const name = revision === 0 ? 'the code defaults' : `revision ${revision}`;
  return {
    id: `settings restore ${revision}`,
    question: `Restore ${name}?`,
    verb: `Restore ${name}`,
    danger: true,
    extent: `${lines.length === 1 ? '1 setting that differs' : `${lines.length} settings that differ`} between revision ${active} and ${name}`,
    consequence: 'This creates a new revision; none is deleted. All changes apply together.',
    wayBack: `Restore revision ${active}.`,
    nowLabel: 'Changes',
    now: lines,
    reason: '',
    request: ({ reason }) => ({
      method: 'POST',
      path: `config/revisions/${revision}/restore`,
      body: { reason },
      ifMatch: etag,
    }),
    progress: (_report, { answer }) => progressOf(answer as RevisionView, seen()),
    taken: (answer) => taken(answer as RevisionView),
  };
}

function progressOf({ revision }: RevisionView, seen: number): Progress {
  return seen >= revision
    ? done(`Revision ${revision} is active.`)
    : { tone: 'info', title: 'Accepted', text: `Waiting until revision ${revision} is active…` };
}
