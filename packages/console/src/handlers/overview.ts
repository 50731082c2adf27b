import { instanceList, overviewView, sessionView } from '../contract/overview.ts';
import type { OverviewView } from '../contract.ts';
import { route } from '../http/route.ts';
import { may, permissions } from '../permissions.ts';
import { denialOf, roleName } from '../role-names.ts';
import { durationText } from '../views/duration-text.ts';
import { isoOf } from '../wall-time.ts';

export const overviewRoutes = [
  route('GET /overview', {
    summary: 'Everything that the page Now shows; with Accept: text/plain as a table for terminals',
    answers: { 200: overviewView },
    handle({ plane, request }) {
      const overview = plane.overview();
      const accept = request.headers.get('accept') ?? '';
      if (!accept.includes('text/plain') || accept.includes('json')) return overview;
      return new Response(terminalTable(overview), { headers: { 'content-type': 'text/plain; charset=utf-8' } });
    },
  }),
  route('GET /instances', {
    summary: 'The processes behind this console',
    answers: { 200: instanceList },
    handle: ({ plane }) => ({ instances: [plane.instance()] }),
  }),
  route('GET /session', {
    summary: 'The signed-in user and their permissions',
    answers: { 200: sessionView },
    handle({ plane, user, menu }) {
      const denied = permissions.filter((permission) => !may(user, permission));
      return {
        id: user.id,
        name: user.name,
        role: user.role,
        role_name: roleName(user.role, plane.roleNames),
        permissions: permissions.filter((permission) => may(user, permission)),
        denials: Object.fromEntries(denied.map((permission) => [permission, denialOf(permission, plane.roleNames)])),
        read_only: plane.isReadOnly,
        expires_at: user.expiresAt === undefined ? null : isoOf(user.expiresAt),
        authentication: user.authentication ?? 'session',
        menu,
      };
    },
  }),
];

/** The verdict, what needs attention, then a line for each breaker, service and incident. */
function terminalTable(overview: OverviewView): string {
  const { verdict, attention, now, environment, breakers, services, incidents } = overview;
  const ago = (instant: string): string => durationText(Date.parse(now) - Date.parse(instant));
  const rows = [
    ...breakers.map(({ name, state, override, since, reason, failures, calls, refused }) => [
      override === null ? state : override.mode,
      name,
      ago(since),
      `${calls} calls, ${failures} failed, ${refused} refused`,
      reason,
    ]),
    ...services.map(({ name, state, since, reason }) => [state, name, ago(since), 'service', reason]),
    ...incidents.map(({ number, state, title, opened_at: at }) => [state, `incident ${number}`, ago(at), '', title]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return cells.join('  ').trimEnd();
  });
  const needed = attention.length === 0 ? '' : `Needs you:\n${attention.map(({ text }) => `- ${text}\n`).join('')}\n`;
  return `${verdict.text}\nAs of ${now}${environment === '' ? '' : `, ${environment}`}\n\n${needed}${lines.join('\n')}\n`;
}
