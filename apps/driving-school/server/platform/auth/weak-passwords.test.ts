import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WeakPasswords } from './weak-passwords.ts';

const weak = new WeakPasswords();
const dana = { name: 'Dana Roy', email: 'dana.roy@wheels.example', schoolName: 'Maple Road Academy' };

const common =
  'Attackers try common passwords like this one first, even with digits or symbols added. Use three or four unrelated words.';
const context =
  'This is mostly your name, your e-mail address or the name of the school, which is easy to guess. Use three or four unrelated words.';

for (const password of [
  'password1234',
  'Password1234!',
  'PASSWORD!!!!',
  'P@ssw0rd2026',
  'passwordpassword',
  '2026administrator',
  'qwertyuiop123',
  'qwertyuiopas',
  '123456789012',
  '210987654321',
  'abcdefghijkl',
  'Dragon1987-05-12',
  'i love you 2026!',
  '1qaz2wsx3edc',
]) {
  test(`"${password}" is refused as a common password`, async () => {
    assert.equal(await weak.problem(password, dana), common);
  });
}

for (const password of [
  'danaroy2026!!',
  'Roy.Dana.2026',
  'drivingschool1',
  'MapleRoadAcademy',
  'mapleroad-wheels-77',
  'dana drivingschool',
  'danapassword1',
]) {
  test(`"${password}" is refused as made of names that others know`, async () => {
    assert.equal(await weak.problem(password, dana), context);
  });
}

for (const password of [
  'correct horse battery staple',
  'a long enough passphrase',
  'dana keeps seven purple kettles',
  'xK4#mQ9$vL2p',
  '青い自転車と古い橋の上で待つ',
]) {
  test(`"${password}" is accepted`, async () => {
    assert.equal(await weak.problem(password, dana), undefined);
  });
}

test('length is checked first', async () => {
  assert.match((await weak.problem('password', dana)) ?? '', /^Use at least 12 characters/);
});
