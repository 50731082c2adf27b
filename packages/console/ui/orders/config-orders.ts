import type { RevisionView, SettingsPatch } from '../../src/contract.ts';
import { done } from './breaker-orders.ts';
import type { Intent, Progress } from './intent.ts';

interface Common {
  /** Without quotes. */
  readonly etag: string;
  /** What changes, line by line. */
  readonly lines: readonly string[];
  /** The newest revision that has been seen. */
  readonly seen: () => number;
  readonly taken: (revision: RevisionView) => void;
}

/** Saves settings, for good or for a while. */
export function saveSettings(
  { etag, lines, seen, taken }: Common,
  patch: SettingsPatch,
  active: number,
  forAWhile: boolean,
  empties: readonly string[],
): Intent {
  const many = `${lines.length} setting${lines.length === 1 ? '' : 's'}`;
  return {
    id: `settings ${forAWhile}`,
    question: forAWhile ? `Try ${many} for a while?` : `Save ${many}?`,
    verb: forAWhile ? `Try ${many}` : `Save ${many}`,
    extent: `${many}, on top of revision ${active}`,
    consequence: 'All of it is in force at once, or nothing. Listeners, history and what runs stay.',
    wayBack: forAWhile
      ? 'It is taken back by itself at the end that you choose. Restore ends it at any time.'
      : `Restore revision ${active} brings back what is in force now.`,
    now: lines,
    warning: empties.length > 0 ? `What these have counted so far is forgotten: ${empties.join(', ')}.` : undefined,
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
  const name = revision === 0 ? 'what the code says' : `revision ${revision}`;
  return {
    id: `settings restore ${revision}`,
    question: `Restore ${name}?`,
    verb: `Restore ${name}`,
    danger: true,
    extent: `${lines.length} setting${lines.length === 1 ? '' : 's'} that differ between revision ${active} and ${name}`,
    consequence: 'A new revision is made; none is lost. All of it is in force at once, or nothing.',
    wayBack: `Restore revision ${active}.`,
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
    ? done(`Seen: revision ${revision} is in force.`)
    : { tone: 'info', title: 'Taken', text: `Waiting until revision ${revision} can be seen…` };
}
