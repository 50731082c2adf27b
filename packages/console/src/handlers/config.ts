import { previewsOf } from '../config/preview.ts';
import { appliesHow } from '../config/settings-book.ts';
import * as schemas from '../contract/config.ts';
import type { ConfigView, RevisionView } from '../contract.ts';
import type { ControlPlane } from '../control/create-control-plane.ts';
import { versionOf } from '../control/settings-actions.ts';
import { answerOf, type Answer } from '../http/idempotency.ts';
import { route, versioned } from '../http/route.ts';

export const configRoutes = [
  route('GET /config', {
    summary: 'Every setting: its current value, its value in code, and its limits',
    answers: { 200: schemas.configView, 304: 'Not changed since If-None-Match.' },
    handle: ({ plane, request }) => versioned(request, versionOf(plane.settings.revision), viewOf(plane)),
  }),
  route('PATCH /config', {
    permission: 'config:edit',
    summary: 'Saves a revision: all of it or nothing. null resets a setting to its value in code',
    body: schemas.configBody,
    answers: { 200: schemas.revisionView },
    ifMatch: 'required',
    handle: ({ plane, body: { settings, reason, auto_revert_at: trialEndsAt }, change }) =>
      change((request) => plane.settingsActions.save(request, settings, reason, trialEndsAt), withVersion),
  }),
  route('POST /config/validate', {
    permission: 'state:read',
    summary: 'All problems of a draft, and what it would have changed in the last hour. Changes nothing',
    body: schemas.configDraft,
    answers: { 200: schemas.validationView },
    isAction: false,
    handle({ plane: { settings, registry, measurement, time }, body }) {
      const errors = settings.problems(body.settings);
      if (errors.length > 0) return { valid: false, errors, changes: [], empties_windows: [], previews: [] };
      const { changes } = settings.plan(body.settings);
      return {
        valid: true,
        errors,
        changes,
        empties_windows: settings.emptiesWindows(changes),
        previews: previewsOf(body.settings, settings, registry, measurement, time.now()),
      };
    },
  }),
  route('GET /config/revisions', {
    summary: 'Revisions, newest first, 200 at most',
    answers: { 200: schemas.revisionList },
    handle: ({ plane }) => ({ revisions: plane.settings.list(200) }),
  }),
  route('GET /config/revisions/{number}', {
    summary: 'One revision',
    answers: { 200: schemas.revisionView },
    handle: ({ plane, params }) => plane.settingsActions.revision(params.number),
  }),
  route('GET /config/revisions/{from}/diff/{to}', {
    summary: 'The difference between two revisions; 0 means the settings in code',
    answers: { 200: schemas.revisionDiff },
    handle({ plane: { settings, settingsActions }, params: { from, to } }) {
      const changes = settings.difference(settingsActions.overridesOf(from), settingsActions.overridesOf(to));
      return { from: Number(from), to: Number(to), changes };
    },
  }),
  route('POST /config/revisions/{number}/restore', {
    permission: 'config:edit',
    summary: 'Saves a new revision with the settings of an old one; 0 means the settings in code',
    body: schemas.restoreBody,
    answers: { 200: schemas.revisionView },
    problems: ['not-legal'],
    ifMatch: 'required',
    handle({ plane: { settingsActions }, body: { reason }, params: { number }, change }) {
      const overrides = settingsActions.overridesOf(number);
      return change((request) => settingsActions.restore(request, number, overrides, reason), withVersion);
    },
  }),
];

function withVersion(revision: RevisionView): Answer {
  return answerOf(200, revision, { etag: `"${versionOf(revision.revision)}"` });
}

function viewOf({ settings, registry, store }: ControlPlane): ConfigView {
  const { active } = settings;
  const reports = new Map(
    registry.report().flatMap(({ members }) => members.map((member) => [member.id, member] as const)),
  );
  return {
    revision: settings.revision,
    etag: `"${versionOf(settings.revision)}"`,
    saved_at: active?.saved_at ?? null,
    author_name: active?.author_name ?? null,
    reason: active?.reason ?? null,
    auto_revert_at: active?.auto_revert_at ?? null,
    persisted: store.file.state.kind,
    members: [...settings.members()].flatMap(([id, { member, code }]) => {
      const report = reports.get(id);
      if (report === undefined) return [];
      const spec = Object.entries(member.settings?.spec ?? {}).map(
        ([name, { min, max, unit, default: usual }]) =>
          [name, { min, max, unit, default: usual, applies: appliesHow(name) }] as const,
      );
      const { name, kind } = report;
      return [{ id, name, kind, values: { ...report.settings }, code: { ...code }, spec: Object.fromEntries(spec) }];
    }),
    drift: settings.drift(),
  };
}
