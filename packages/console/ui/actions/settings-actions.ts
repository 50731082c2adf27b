import { signal } from '@preact/signals';
import type { ConfigView, RevisionView, SettingChange, SettingsPatch, ValidationView } from '../../src/contract.ts';
import { changeLine, memberName } from '../words/setting-words.ts';
import { countText } from '../words/words.ts';
import { accepted, done, type Action } from './action.ts';

/** The newest revision seen so far; a save is done once it has reached the saved one. */
export const seenRevision = signal(0);

interface SettingsChange {
  /** The active settings, as shown. The server refuses the change if they are no longer active. */
  readonly config: ConfigView;
  readonly changes: readonly SettingChange[];
  readonly onAccepted: () => void;
}

/** The common part of saving and restoring settings. */
function settingsAction({ config, changes, onAccepted }: SettingsChange) {
  return {
    currentLabel: 'Changes',
    current: changes.map((change) => changeLine(change, config.members)),
    progress: (_report, { answer }) => {
      const { revision } = answer as RevisionView;
      return seenRevision.value >= revision
        ? done(`Revision ${revision} is active.`)
        : accepted(`Waiting until revision ${revision} is active…`);
    },
    onAccepted,
  } satisfies Partial<Action>;
}

/** Saves settings, permanently or temporarily. */
export function saveSettings(
  change: SettingsChange,
  temporary: boolean,
  validation: ValidationView | undefined,
): Action {
  const {
    config: { revision, etag, members },
    changes,
  } = change;
  const many = countText(changes.length, 'setting');
  const emptied = (validation?.empties_windows ?? []).map((id) => memberName(id, members));
  return {
    ...settingsAction(change),
    id: `settings ${temporary}`,
    confirmLabel: temporary ? `Try ${many} temporarily` : `Save ${many}`,
    scope: `${many}, on top of revision ${revision}`,
    consequence: 'All changes apply together. Running calls and history are kept.',
    undoText: temporary
      ? 'The changes are reverted automatically at the time you choose. Restoring a revision ends them sooner.'
      : `Restore revision ${revision} to return to the settings that are active now.`,
    estimates: estimatesOf(validation, members),
    warning: emptied.length > 0 ? `This clears the counts of these breakers: ${emptied.join(', ')}.` : undefined,
    ...(temporary && { minutes: [30, 5, 15, 60, 240] }),
    request: ({ reason, endsAt }) => ({
      method: 'PATCH',
      path: 'config',
      body: { settings: patchOf(changes), reason, ...(endsAt && { auto_revert_at: endsAt }) },
      ifMatch: bare(etag),
    }),
  };
}

/** The effect that the new settings would have had in the last hour, one sentence per breaker. */
export function estimatesOf(validation: ValidationView | undefined, members: ConfigView['members']): readonly string[] {
  return (validation?.previews ?? []).map(({ breaker, text }) => `${memberName(breaker, members)}: ${text}`);
}

export function patchOf(changes: readonly SettingChange[]): SettingsPatch {
  const patch: SettingsPatch = {};
  for (const { member, setting, to } of changes) (patch[member] ??= {})[setting] = to;
  return patch;
}

/** Creates a new revision with the settings of an old one. */
export function restoreRevision(change: SettingsChange, revision: number): Action {
  const { config, changes } = change;
  const name = revision === 0 ? 'the code defaults' : `revision ${revision}`;
  return {
    ...settingsAction(change),
    id: `settings restore ${revision}`,
    confirmLabel: `Restore ${name}`,
    danger: true,
    scope: `${differText(changes.length)} between revision ${config.revision} and ${name}`,
    consequence: 'This creates a new revision; none is deleted. All changes apply together.',
    undoText: `Restore revision ${config.revision}.`,
    request: ({ reason }) => ({
      method: 'POST',
      path: `config/revisions/${revision}/restore`,
      body: { reason },
      ifMatch: bare(config.etag),
    }),
  };
}

/** An ETag without its quotes. */
function bare(etag: string): string {
  return etag.replaceAll('"', '');
}

/** `1 setting that differs`, `2 settings that differ`. */
export function differText(count: number): string {
  return `${countText(count, 'setting')} that ${count === 1 ? 'differs' : 'differ'}`;
}
