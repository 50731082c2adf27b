import type { RevisionView, SettingsPatch } from '../../src/contract.ts';
import { countText } from '../words/words.ts';
import { accepted, done, type Action } from './action.ts';

interface Common {
  /** Without quotes. */
  readonly etag: string;
  /** The changes, one per line. */
  readonly lines: readonly string[];
  /** The revision that is active now. */
  readonly active: number;
  /** The newest revision seen so far. */
  readonly seen: () => number;
  readonly onAccepted: (revision: RevisionView) => void;
}

/** What saving and restoring settings have in common. */
function settingsAction({ lines, seen, onAccepted }: Common) {
  return {
    currentLabel: 'Changes',
    current: lines,
    progress: (_report, { answer }) => {
      const { revision } = answer as RevisionView;
      return seen() >= revision
        ? done(`Revision ${revision} is active.`)
        : accepted(`Waiting until revision ${revision} is active…`);
    },
    onAccepted: (answer) => onAccepted(answer as RevisionView),
  } satisfies Partial<Action>;
}

/** Saves settings, permanently or temporarily. */
export function saveSettings(
  common: Common & {
    readonly patch: SettingsPatch;
    readonly temporary: boolean;
    /** What it would have done to the traffic of the last hour, one sentence per breaker. */
    readonly estimates: readonly string[];
    /** Names of the breakers whose counts are cleared. */
    readonly emptied: readonly string[];
  },
): Action {
  const { etag, lines, active, patch, temporary, estimates, emptied } = common;
  const many = countText(lines.length, 'setting');
  return {
    ...settingsAction(common),
    id: `settings ${temporary}`,
    confirmLabel: temporary ? `Try ${many} temporarily` : `Save ${many}`,
    scope: `${many}, on top of revision ${active}`,
    consequence: 'All changes apply together. Running calls and history are kept.',
    undoText: temporary
      ? 'The changes are reverted automatically at the time you choose. Restoring a revision ends them sooner.'
      : `Restore revision ${active} to return to the settings that are active now.`,
    ...(estimates.length > 0 && { estimates }),
    warning: emptied.length > 0 ? `This clears what these breakers have counted: ${emptied.join(', ')}.` : undefined,
    ...(temporary && { minutes: [30, 5, 15, 60, 240] }),
    request: ({ reason, endsAt }) => ({
      method: 'PATCH',
      path: 'config',
      body: { settings: patch, reason, ...(endsAt && { auto_revert_at: endsAt }) },
      ifMatch: etag,
    }),
  };
}

/** Creates a new revision with the settings of an old one. */
export function restoreRevision(common: Common, revision: number): Action {
  const { etag, lines, active } = common;
  const name = revision === 0 ? 'the code defaults' : `revision ${revision}`;
  return {
    ...settingsAction(common),
    id: `settings restore ${revision}`,
    confirmLabel: `Restore ${name}`,
    danger: true,
    scope: `${differText(lines.length)} between revision ${active} and ${name}`,
    consequence: 'This creates a new revision; none is deleted. All changes apply together.',
    undoText: `Restore revision ${active}.`,
    request: ({ reason }) => ({
      method: 'POST',
      path: `config/revisions/${revision}/restore`,
      body: { reason },
      ifMatch: etag,
    }),
  };
}

/** `1 setting that differs`, `2 settings that differ`. */
export function differText(count: number): string {
  return `${countText(count, 'setting')} that ${count === 1 ? 'differs' : 'differ'}`;
}
