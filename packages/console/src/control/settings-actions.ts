import type { Overrides } from '../config/settings-book.ts';
import type { RevisionView, SettingsPatch } from '../contract.ts';
import { systemEvent } from '../store/audit.ts';
import { isoOf } from '../wall-time.ts';
import type { ActionRequest } from './audited-actions.ts';
import type { Core } from './core.ts';
import { Problem, invalid, notFound } from '../problem.ts';

/** How long settings can be tried, in milliseconds: a minute to a week. */
const TRIAL_MIN_MS = 60_000;
const TRIAL_MAX_MS = 7 * 24 * 60 * 60_000;

interface Draft {
  readonly action: 'config.saved' | 'config.restored';
  readonly patch: SettingsPatch;
  readonly reason: string;
  readonly autoRevertAt?: number;
  readonly restores?: number;
}

/** Saves, restores and reverts revisions of the settings. */
export class SettingsActions {
  /** Revisions of this process: saved by users, or reverted at the end of a trial. */
  readonly updates = { applied: 0, reverted: 0 };
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** @throws Problem not-found */
  revision(number: string): RevisionView {
    const found = this.#core.settings.find(numberOf(number));
    if (found === undefined) throw notFound(`revision ${number}`);
    return found;
  }

  /** The settings of a revision that differ from the code; none for revision 0. @throws Problem not-found */
  overridesOf(number: string): Overrides {
    return numberOf(number) === 0 ? {} : this.revision(number).overrides;
  }

  /**
   * Saves all of a patch, or nothing.
   *
   * @param trialEndsAt instant at which the patch is reverted
   * @throws Problem version-missing, config-conflict, invalid-order, audit-unavailable
   */
  save(request: ActionRequest, patch: SettingsPatch, reason: string, trialEndsAt: string | undefined): RevisionView {
    this.#checkVersion(request, patch);
    const trial = trialEndsAt === undefined ? {} : { autoRevertAt: this.#trialEnd(trialEndsAt) };
    return this.#save(request, { action: 'config.saved', patch, reason, ...trial });
  }

  /** Saves a new revision with the settings of an old one. @throws Problem like `save` */
  restore(request: ActionRequest, number: string, overrides: Overrides, reason: string): RevisionView {
    const patch = this.#core.settings.patchTo(overrides);
    this.#checkVersion(request, patch);
    return this.#save(request, { action: 'config.restored', patch, reason, restores: numberOf(number) });
  }

  /** Reverts a trial that has ended, also after a restart. Runs every second. */
  revertTrials(now: number): void {
    const { settings: book, store } = this.#core;
    const trial = book.trials.find(({ auto_revert_at: at }) => at !== null && Date.parse(at) <= now);
    if (trial === undefined) return;
    const patch = book.patchBack(trial);
    if (book.problems(patch).length > 0) return;
    const plan = book.plan(patch);
    const reason = `revision ${trial.revision} was temporary`;
    const author = { author: 'system', authorName: 'system', autoRevertAt: undefined };
    const made = store.file.commit(() => {
      const kept = book.keep(plan, { ...author, reason, reverts: trial.revision });
      store.audit.add({
        ...systemEvent,
        action: 'config.reverted',
        target: { type: 'config', id: `r${kept.revision}` },
        reason,
        params: { reverts: trial.revision, changes: kept.changes },
        outcome: 'applied',
      });
      return kept;
    });
    book.activate(made);
    this.#publish(made.revision, reason, null);
  }

  #save(request: ActionRequest, { action, patch, reason, autoRevertAt, restores }: Draft): RevisionView {
    const { audited, settings: book, log } = this.#core;
    const issues = book.problems(patch);
    if (issues.length > 0) {
      const message = issues.map((issue) => issue.message).join(' ');
      throw new Problem('invalid-order', 'The settings are invalid', message, { issues });
    }
    const plan = book.plan(patch);
    if (plan.changes.length === 0) {
      throw invalid('Nothing to change', '/settings', 'unchanged', 'All settings already have these values.');
    }
    const { user } = request;
    let made: RevisionView | undefined;
    return audited.carryOutAndKeep(
      request,
      {
        action,
        target: { type: 'config', id: `r${book.revision + 1}` },
        reason,
        params: { changes: plan.changes, auto_revert_at: autoRevertAt === undefined ? null : isoOf(autoRevertAt) },
        before: { revision: book.revision },
      },
      {
        keep: () => {
          const author = { author: user.id, authorName: user.name, autoRevertAt };
          made = book.keep(plan, { ...author, reason, ...(restores === undefined ? {} : { restores }) });
          return { after: { revision: made.revision }, result: made };
        },
        apply: () => {
          if (made === undefined) return;
          book.activate(made);
          this.#publish(made.revision, reason, user.name);
          log({
            event: 'console.action',
            message: `settings were saved as revision ${made.revision}`,
            actor: user.id,
            target: `r${made.revision}`,
            action,
            reason,
          });
        },
      },
    );
  }

  /** Compares the version that the user has seen, and reports both sides' changes, setting by setting. */
  #checkVersion({ version }: ActionRequest, yours: SettingsPatch): void {
    const { settings: book } = this.#core;
    if (version === undefined) {
      const message = 'Send If-Match with the ETag of the settings you read.';
      throw new Problem('version-missing', 'If-Match is missing', message);
    }
    const current = versionOf(book.revision);
    if (version === current || version === '*') return;
    const base = /^c-(\d{1,9})$/.exec(version)?.[1];
    const { active } = book;
    const saved =
      active === undefined ? '' : ` ${active.author_name} saved revision ${active.revision} at ${active.saved_at}.`;
    const known = base === undefined ? undefined : Number(base) === 0 ? {} : book.find(Number(base))?.overrides;
    throw new Problem(
      'config-conflict',
      'The settings changed after you opened them',
      `You edited revision ${base ?? 'unknown'}.${saved}`,
      {
        version: current,
        facts: { current: { revision: book.revision, etag: `"${current}"` } },
        issues: known === undefined ? [] : book.threeWay(known, yours),
      },
    );
  }

  #trialEnd(instant: string): number {
    const at = Date.parse(instant);
    const now = this.#core.time.now();
    if (at >= now + TRIAL_MIN_MS && at <= now + TRIAL_MAX_MS) return at;
    const message = `auto_revert_at must be between one minute and one week from now, got ${instant}.`;
    throw invalid('Invalid end time', '/auto_revert_at', 'range', message);
  }

  #publish(revision: number, why: string, actor: string | null): void {
    this.updates[actor === null ? 'reverted' : 'applied'] += 1;
    this.#core.feed.record({
      kind: 'config',
      target: `r${revision}`,
      target_name: 'settings',
      what: `revision ${revision}`,
      why,
      actor,
    });
  }
}

/** The version of the settings, for conflicts. */
export function versionOf(revision: number): string {
  return `c-${revision}`;
}

function numberOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw notFound('such revision');
  return Number(text);
}
