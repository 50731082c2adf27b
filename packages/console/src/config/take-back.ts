import type { ControlPlane } from '../control/control-plane.ts';

/** A revision that was only tried is taken back at its time, also after a restart. */
export function takeBackWhatWasTried(plane: ControlPlane, now: number): void {
  const tried = plane.settings.trials.find(({ auto_revert_at: at }) => at !== null && Date.parse(at) <= now);
  if (tried === undefined) return;
  const patch = plane.settings.patchBack(tried);
  if (plane.settings.problems(patch).length > 0) return;
  const plan = plane.settings.plan(patch);
  const reason = `revision ${tried.revision} was temporary`;
  const author = { author: 'system', authorName: 'system', autoRevertAt: undefined };
  const made = plane.store.file.commit(() => {
    const kept = plane.settings.keep(plan, { ...author, reason, reverts: tried.revision });
    plane.store.audit.add({
      actor: { type: 'system', id: 'system', role: null },
      action: 'config.reverted',
      target: { type: 'config', id: `r${kept.revision}` },
      reason,
      params: { reverts: tried.revision, changes: kept.changes },
      phase: 'event',
      outcome: 'applied',
      before: null,
      after: null,
      intent_seq: null,
      request_id: null,
    });
    return kept;
  });
  plane.settings.activate(made);
  plane.tellConfig(made.revision, reason, null);
}
