import { instanceList, overviewView, sessionView } from '../contract/overview.ts';
import type { OverviewView } from '../contract.ts';
import { may } from '../http/guard.ts';
import { route } from '../http/route.ts';
import { durationText } from '../incidents/incident-view.ts';
import { permissions } from '../permissions.ts';
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
        permissions: permissions.filter((permission) => may(user, permission)),
        read_only: plane.isReadOnly,
        expires_at: user.expiresAt === undefined ? null : isoOf(user.expiresAt),
        authentication: user.authentication ?? 'session',
        menu: { home: menu.home, account_path: menu.accountPath, sign_out_path: menu.signOutPath },
      });
    },
  }),
];

/** For `curl`: the verdict, then one line for each breaker and service. */
export function terminalTable({ verdict, now, environment, breakers, services, incidents }: OverviewView): string {
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
  return `${verdict.text}\nAs of ${now}${environment === '' ? '' : `, ${environment}`}\n\n${lines.join('\n')}\n`;
}
