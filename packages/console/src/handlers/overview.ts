import { instanceList, overviewView, sessionView } from '../contract/overview.ts';
import type { OverviewView } from '../contract.ts';
import { may } from '../http/guard.ts';
import { route } from '../http/route.ts';
import { durationText } from '../views/duration-text.ts';
import { permissions } from '../permissions.ts';
import { denialOf, roleName } from '../role-names.ts';
import { isoOf } from '../wall-time.ts';

export const overviewRoutes = [
  route('GET /overview', {
    permission: 'state:read',
    summary: 'Everything that the page Now shows; as a table for terminals with Accept: text/plain',
    answers: { 200: overviewView },
    async handle({ plane, request }) {
      const overview = plane.overview();
      const accept = request.headers.get('accept') ?? '';
      if (accept.includes('text/plain') && !accept.includes('json')) {
        return new Response(terminalTable(overview), { headers: { 'content-type': 'text/plain; charset=utf-8' } });
      }
      return Response.json(overview);
    },
  }),
  route('GET /instances', {
    permission: 'state:read',
    summary: 'The processes that this console speaks for',
    answers: { 200: instanceList },
    async handle({ plane }) {
      return Response.json({ instances: plane.instances() });
    },
  }),
  route('GET /session', {
    permission: 'state:read',
    summary: 'Who looks, and what this person may',
    answers: { 200: sessionView },
    async handle({ plane, user, menu }) {
      return Response.json({
        id: user.id,
        name: user.name,
        role: user.role,
        role_name: roleName(user.role, plane.roleNames),
        permissions: permissions.filter((permission) => may(user, permission)),
        denials: Object.fromEntries(
          permissions
            .filter((permission) => !may(user, permission))
            .map((permission) => [permission, denialOf(permission, plane.roleNames)]),
        ),
        read_only: plane.isReadOnly,
        expires_at: user.expiresAt === undefined ? null : isoOf(user.expiresAt),
        authentication: user.authentication ?? 'session',
        menu: { home: menu.home, account_path: menu.accountPath, sign_out_path: menu.signOutPath },
      });
    },
  }),
];

/** For `curl`: the verdict, what needs a person, then one line for each breaker and service. */
export function terminalTable(overview: OverviewView): string {
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
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const needed = attention.length === 0 ? '' : `Needs you:\n${attention.map(({ text }) => `- ${text}\n`).join('')}\n`;
  return `${verdict.text}\nAs of ${now}${environment === '' ? '' : `, ${environment}`}\n\n${needed}${lines.join('\n')}\n`;
}
