import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditPageView, ProblemView, SessionView } from './contract.ts';
import { denialOf } from './role-names.ts';
import { consoleKit, origin } from './testing/console-kit.ts';

const names = { admin: 'Owner', maintainer: 'Operator', viewer: 'Office' } as const;

test('messages use the application’s names for roles, and only the roles that it has', () => {
  assert.deepEqual(
    [denialOf('breaker:hold-closed', names), denialOf('config:edit', names), denialOf('config:edit')],
    [
      'Only the owner can hold breakers closed.',
      'Only the operator or the owner can change settings.',
      'Only the maintainer or the admin can change settings.',
    ],
  );
});

test('session and denials use the application’s name for the role', async (context) => {
  const kit = consoleKit({ roleNames: names });
  context.after(() => kit.console.close());
  kit.user = { id: 'u-2', name: 'Otto', role: 'viewer' };
  const session = await kit.get<SessionView>('session');
  const refused = await kit.order('PATCH', 'config', { settings: {}, reason: 'a test' }, { 'if-match': '*' });
  const { detail } = (await refused.json()) as ProblemView;

  assert.deepEqual([session.role, session.role_name], ['viewer', 'Office']);
  assert.equal(session.denials['config:edit'], 'Only the operator or the owner can change settings.');
  assert.equal('state:read' in session.denials, false);
  assert.deepEqual([refused.status, detail], [403, 'Only the operator or the owner can change settings.']);
});

test('the audit log and the plain page use the application’s names for roles', async (context) => {
  const kit = consoleKit({ roleNames: names });
  context.after(() => kit.console.close());
  kit.user = { id: 'u-1', name: 'Ana', role: 'admin' };
  const audit = await kit.get<AuditPageView>('audit');
  const plain = await (await kit.console(new Request(`${origin}/admin/plain`))).text();

  assert.equal(audit.role_names['admin'], 'Owner');
  assert.match(plain, /Ana<[\s\S]{0,60}Owner/);
  assert.doesNotMatch(plain, /\badmin<\//);
});
