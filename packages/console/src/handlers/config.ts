import {
  configDraft,
  configOrder,
  configView,
  restoreOrder,
  revisionDiff,
  revisionList,
  revisionView,
  validationView,
} from '../contract/config.ts';
import type { ConfigView, RevisionView, SettingsPatch } from '../contract.ts';
import { previewsOf } from '../config/preview.ts';
import { appliesHow, type Overrides } from '../config/settings-book.ts';
import type { AnswerParts, OrderKey } from '../control/commands.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import { notFound, Problem } from '../http/problem.ts';
import { route } from '../http/route.ts';
import type { ConsoleUser } from '../options.ts';
import { isoOf } from '../wall-time.ts';

const orderProblems = [
  'idempotency-key-missing',
  'idempotency-key-reused',
  'permission',
  'cross-site',
  'invalid-order',
  'too-many-orders',
  'audit-unavailable',
] as const;

/** A setting is tried for a minute at least and a week at most, in milliseconds. */
const TRY_MIN_MS = 60_000;
const TRY_MAX_MS = 7 * 24 * 60 * 60_000;

export const configRoutes = [
  route('GET /config', {
    permission: 'state:read',
    summary: 'Every setting: what is in force, what the code says, and what it may be',
    answers: { 200: configView, 304: 'Not changed since If-None-Match.' },
    async handle({ plane, request }) {
      const view = viewOf(plane);
      const headers = { etag: view.etag };
      if (request.headers.get('if-none-match') === view.etag) return new Response(null, { status: 304, headers });
      return Response.json(view, { headers });
    },
  }),
  route('PATCH /config', {
    permission: 'config:edit',
    summary: 'Saves a revision: all of it or nothing. null gives a setting back to the code',
    body: configOrder,
    answers: { 200: revisionView },
    problems: [...orderProblems, 'config-conflict', 'version-missing'],
    ifMatch: 'must',
    async handle({ plane, request, user, body, text }) {
      return plane.commands.once(request, user, text, async (key) => {
        mustMatch(plane, request.headers.get('if-match'), body.settings);
        const autoRevertAt = body.auto_revert_at === undefined ? undefined : tryUntil(plane, body.auto_revert_at);
        return save(plane, request, user, key, {
          action: 'config.saved',
          patch: body.settings,
          reason: body.reason,
          autoRevertAt,
        });
      });
    },
  }),
  route('POST /config/validate', {
    permission: 'state:read',
    summary: 'All problems of a draft at once, and what it would have done to the last hour. Changes nothing',
    body: configDraft,
    answers: { 200: validationView },
    problems: ['invalid-order'],
    isOrder: false,
    async handle({ plane, body }) {
      const errors = plane.settings.problems(body.settings);
      if (errors.length > 0) {
        return Response.json({ valid: false, errors, changes: [], empties_windows: [], previews: [] });
      }
      const { changes } = plane.settings.plan(body.settings);
      return Response.json({
        valid: true,
        errors,
        changes,
        empties_windows: plane.settings.emptiesWindows(changes),
        previews: previewsOf(body.settings, plane.settings, plane.registry, plane.measurement, plane.time.now()),
      });
    },
  }),
  route('GET /config/revisions', {
    permission: 'state:read',
    summary: 'What was saved, newest first, 200 at most',
    answers: { 200: revisionList },
    async handle({ plane }) {
      return Response.json({ revisions: plane.settings.list(200) });
    },
  }),
  route('GET /config/revisions/{number}', {
    permission: 'state:read',
    summary: 'One revision',
    answers: { 200: revisionView },
    problems: ['not-found'],
    async handle({ plane, params }) {
      return Response.json(revisionOf(plane, params['number']));
    },
  }),
  route('GET /config/revisions/{from}/diff/{to}', {
    permission: 'state:read',
    summary: 'What differs between two revisions; 0 is the code alone',
    answers: { 200: revisionDiff },
    problems: ['not-found'],
    async handle({ plane, params }) {
      const from = numberOf(params['from']);
      const to = numberOf(params['to']);
      const changes = plane.settings.difference(overridesOf(plane, from), overridesOf(plane, to));
      return Response.json({ from, to, changes });
    },
  }),
  route('POST /config/revisions/{number}/restore', {
    permission: 'config:edit',
    summary: 'Makes a new revision with the settings of an old one; 0 is the code alone',
    body: restoreOrder,
    answers: { 200: revisionView },
    problems: [...orderProblems, 'not-found', 'not-legal', 'config-conflict', 'version-missing'],
    ifMatch: 'must',
    async handle({ plane, request, user, body, text, params }) {
      const number = numberOf(params['number']);
      const overrides = overridesOf(plane, number);
      return plane.commands.once(request, user, text, async (key) => {
        const patch = plane.settings.patchTo(overrides);
        mustMatch(plane, request.headers.get('if-match'), patch);
        return save(plane, request, user, key, {
          action: 'config.restored',
          patch,
          reason: body.reason,
          autoRevertAt: undefined,
          restores: number,
        });
      });
    },
  }),
];

interface Save {
  readonly action: string;
  readonly patch: SettingsPatch;
  readonly reason: string;
  readonly autoRevertAt: number | undefined;
  readonly restores?: number;
}

function save(
  plane: ControlPlane,
  request: Request,
  user: ConsoleUser,
  key: OrderKey | undefined,
  { action, patch, reason, autoRevertAt, restores }: Save,
): AnswerParts {
  const { settings } = plane;
  const errors = settings.problems(patch);
  if (errors.length > 0) {
    const detail = errors.map(({ message }) => message).join(' ');
    throw new Problem('invalid-order', 'The settings are invalid', detail, { errors });
  }
  const plan = settings.plan(patch);
  if (plan.changes.length === 0) {
    throw new Problem('invalid-order', 'Nothing to change', 'All settings already have these values.', {
      errors: [{ pointer: '/settings', code: 'unchanged', message: 'All settings already have these values.' }],
    });
  }
  let made: RevisionView | undefined;
  const draft = {
    reason,
    author: user.id,
    authorName: user.name,
    autoRevertAt,
    ...(restores === undefined ? {} : { restores }),
  };
  return plane.commands.carryOut(
    request,
    user,
    key,
    {
      action,
      target: { type: 'config', id: `r${settings.revision + 1}` },
      reason,
      params: { changes: plan.changes, auto_revert_at: autoRevertAt === undefined ? null : isoOf(autoRevertAt) },
      before: { revision: settings.revision },
    },
    {
      kind: 'kept',
      keep() {
        made = settings.keep(plan, draft);
        const headers = { etag: etagOf(made.revision) };
        return { after: { revision: made.revision }, answer: { status: 200, body: made, headers } };
      },
      apply() {
        if (made === undefined) return;
        settings.activate(made);
        plane.tellConfig(made.revision, reason, user.name);
        plane.log({
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

/** @throws Problem 428 without, 412 with a stale version: both sides' changes are told, setting by setting */
function mustMatch(plane: ControlPlane, given: string | null, yours: SettingsPatch): void {
  const { settings } = plane;
  if (given === null) {
    throw new Problem(
      'version-missing',
      'If-Match is missing',
      'Send If-Match with the ETag of the settings you read.',
    );
  }
  const etag = etagOf(settings.revision);
  if (given === etag || given === '*') return;
  const base = /^"c-(\d{1,9})"$/.exec(given)?.[1];
  const active = settings.active;
  const who =
    active === undefined ? '' : ` ${active.author_name} saved revision ${active.revision} at ${active.saved_at}.`;
  const known = base === undefined ? undefined : Number(base) === 0 ? {} : settings.find(Number(base))?.overrides;
  throw new Problem(
    'config-conflict',
    'The settings changed after you opened them',
    `You edited revision ${base ?? 'unknown'}.${who}`,
    {
      headers: { etag },
      more: { current: { revision: settings.revision, etag } },
      errors: known === undefined ? [] : settings.threeWay(known, yours),
    },
  );
}

function tryUntil(plane: ControlPlane, instant: string): number {
  const at = Date.parse(instant);
  const now = plane.time.now();
  if (at >= now + TRY_MIN_MS && at <= now + TRY_MAX_MS) return at;
  const message = `auto_revert_at must be between one minute and one week from now, got ${instant}.`;
  throw new Problem('invalid-order', 'Invalid end time', message, {
    errors: [{ pointer: '/auto_revert_at', code: 'range', message }],
  });
}

function viewOf({ settings, registry, store }: ControlPlane): ConfigView {
  const { active } = settings;
  const reports = new Map(
    registry.report().flatMap(({ members }) => members.map((member) => [member.id, member] as const)),
  );
  return {
    revision: settings.revision,
    etag: etagOf(settings.revision),
    saved_at: active?.saved_at ?? null,
    author_name: active?.author_name ?? null,
    reason: active?.reason ?? null,
    auto_revert_at: active?.auto_revert_at ?? null,
    persisted: store.file.state.kind,
    members: [...settings.members()].flatMap(([id, { member, code }]) => {
      const report = reports.get(id);
      if (report === undefined) return [];
      return [
        {
          id,
          name: report.name,
          kind: report.kind,
          values: { ...report.settings },
          code: { ...code },
          spec: Object.fromEntries(
            Object.entries(member.settings?.spec ?? {}).map(([name, spec]) => [
              name,
              { min: spec.min, max: spec.max, unit: spec.unit, default: spec.default, applies: appliesHow(name) },
            ]),
          ),
        },
      ];
    }),
    drift: settings.drift(),
  };
}

function etagOf(revision: number): string {
  return `"c-${revision}"`;
}

function numberOf(text: string | undefined): number {
  if (!/^\d{1,9}$/.test(text ?? '')) throw notFound('such revision');
  return Number(text);
}

function revisionOf(plane: ControlPlane, text: string | undefined): RevisionView {
  const found = plane.settings.find(numberOf(text));
  if (found === undefined) throw notFound(`revision ${text}`);
  return found;
}

function overridesOf(plane: ControlPlane, number: number): Overrides {
  return number === 0 ? {} : revisionOf(plane, String(number)).overrides;
}
