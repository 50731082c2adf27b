import type { ControlPlane } from '../control/control-plane.ts';
import { systemEvent } from '../store/audit.ts';

/** Reverts a temporary revision once its time is up, also after a restart. */
export function revertExpiredTrial(plane: ControlPlane, now: number): void {
  const trial = plane.settings.trials.find(({ auto_revert_at: at }) => at !== null && Date.parse(at) <= now);
  if (trial === undefined) return;
  const patch = plane.settings.patchBack(trial);
  if (plane.settings.problems(patch).length > 0) return;
  const plan = plane.settings.plan(patch);
  const reason = `revision ${trial.revision} was temporary`;
  const author = { author: 'system', authorName: 'system', autoRevertAt: undefined };
  const made = plane.store.file.commit(() => {
    const kept = plane.settings.keep(plan, { ...author, reason, reverts: trial.revision });
    plane.store.audit.add({
      ...systemEvent,
      action: 'config.reverted',
      target: { type: 'config', id: `r${kept.revision}` },
      reason,
      params: { reverts: trial.revision, changes: kept.changes },
      outcome: 'applied',
    });
    return kept;
  });
  plane.settings.activate(made);
  plane.tellConfig(made.revision, reason, null);
}
