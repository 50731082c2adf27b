import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  inviteSchema,
  passwordProblem,
  signInSchema,
  userChangeSchema,
  welcomeAnswerSchema,
  welcomeCheckSchema,
} from './session.ts';

const owner = { name: 'Dana Roy', email: 'dana.roy.school@example.ca' };

test('a password of four words is accepted', () => {
  assert.equal(passwordProblem('correct horse battery staple', owner), undefined);
});

test('each problem with a password is a sentence', () => {
  assert.match(passwordProblem('elevenchars', owner) ?? '', /at least 12 characters/);
  assert.match(passwordProblem('x'.repeat(201), owner) ?? '', /at most 200 characters/);
  assert.match(passwordProblem('aaaaaaaaaaaa', owner) ?? '', /different characters/);
  assert.match(passwordProblem('Dana.Roy.School', owner) ?? '', /your name or your e-mail address/);
  assert.match(passwordProblem('DANA.ROY.school@example.ca', owner) ?? '', /your name or your e-mail address/);
});

test('the length of a password is counted in characters, not in code units', () => {
  assert.match(passwordProblem('🚗🚕🚙🚌🚎🏎️', owner) ?? '', /at least 12/);
});

test('an invitation stores the address in lower case', () => {
  assert.equal(
    inviteSchema.parse({ name: ' Sam ', email: ' Sam@Example.CA ', role: 'office' }).email,
    'sam@example.ca',
  );
});

test('an empty change, or one of an unknown field, is refused', () => {
  assert.equal(userChangeSchema.safeParse({}).success, false);
  assert.equal(userChangeSchema.safeParse({ password_hash: 'x' }).success, false);
});

/** A valid example of every sign-in request. */
const bodies = {
  'POST /api/session': [signInSchema, { email: 'sam@example.ca', password: 'a password' }],
  'POST /api/welcome/check': [welcomeCheckSchema, { token: 'x'.repeat(43) }],
  'POST /api/welcome': [
    welcomeAnswerSchema,
    { token: 'x'.repeat(43), name: 'Sam', email: 'sam@example.ca', password: 'a long password' },
  ],
  'POST /api/users': [inviteSchema, { name: 'Sam', email: 'sam@example.ca', role: 'office' }],
  'PATCH /api/users/{id}': [userChangeSchema, { name: 'Sam', role: 'office', disabled: true }],
} as const;

const badValues = [
  undefined,
  null,
  '',
  ' ',
  0,
  -1,
  true,
  'x'.repeat(5_000),
  '\0',
  'a\u202eb',
  [],
  {},
  ['a'],
  Number.NaN,
];

for (const [route, [schema, good]] of Object.entries(bodies)) {
  test(`${route}: every validation message is a sentence of ours, not the library's`, () => {
    assert.equal(schema.safeParse(good).success, true);
    const refused = [
      ...badValues,
      { ...good, unknown: 1 },
      ...Object.keys(good).flatMap((field) => badValues.map((value) => ({ ...good, [field]: value }))),
    ];
    const messages = new Set(
      refused.flatMap((body) => schema.safeParse(body).error?.issues ?? []).map((i) => i.message),
    );
    assert.ok(messages.size > 0);
    for (const message of messages) {
      assert.doesNotMatch(message, /^(Invalid|Too (small|big)|Unrecognized|Required)|expected|received|>=|<=/, message);
      assert.match(message, /^[A-Z].*\.$/, message);
    }
  });
}

test('a name or an address with hidden characters is refused', () => {
  for (const text of [
    'Sam\0',
    'Sam\u202eyoR',
    'Sa\u0007m',
    'Sam\u2066',
    'Sa\u200bm',
    'Sa\ufeffm',
    'Sa\u00adm',
    'Sam\ud800',
  ]) {
    assert.equal(inviteSchema.safeParse({ name: text, email: 'sam@example.ca', role: 'office' }).success, false);
    assert.equal(signInSchema.safeParse({ email: `${text}@example.ca`, password: 'x' }).success, false);
  }
  assert.equal(
    inviteSchema.safeParse({ name: 'Zoë O’Neill-Łuczak', email: 'sam@example.ca', role: 'office' }).success,
    true,
  );
});
