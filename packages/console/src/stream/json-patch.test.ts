import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from 'dualbrake/testing';
import { applyPatch } from './apply-patch.ts';
import { diff } from './json-patch.ts';

const names = ['a', 'b/c', '~1', '', '__proto__', '0', '-'];

function anyValue(random: () => number, depth = 0): unknown {
  const kind = Math.floor(random() * (depth > 3 ? 4 : 6));
  const size = Math.floor(random() * 4);
  if (kind === 0) return Math.floor(random() * 3);
  if (kind === 1) return ['', 'text', 'é'][size % 3];
  if (kind === 2) return null;
  if (kind === 3) return random() < 0.5;
  if (kind === 4) return Array.from({ length: size }, () => anyValue(random, depth + 1));
  return Object.fromEntries(
    Array.from({ length: size }, () => [names[Math.floor(random() * names.length)], anyValue(random, depth + 1)]),
  );
}

test('the difference of any two values makes the one of the other, and changes neither', () => {
  const random = seededRandom(3);
  for (let round = 0; round < 5_000; round += 1) {
    const [from, to] = [anyValue(random), anyValue(random)];
    const [fromBefore, toBefore] = [JSON.stringify(from), JSON.stringify(to)];
    const steps = JSON.parse(JSON.stringify(diff(from, to))) as ReturnType<typeof diff>;

    assert.deepEqual(JSON.parse(JSON.stringify(applyPatch(from, steps))), JSON.parse(toBefore), fromBefore);
    assert.deepEqual([JSON.stringify(from), JSON.stringify(to)], [fromBefore, toBefore]);
  }
});

test('what is the same needs no steps, and one changed leaf is one step', () => {
  const value = {
    breakers: [
      { id: 'a', calls: 1 },
      { id: 'b', calls: 2 },
    ],
  };
  assert.deepEqual(diff(value, structuredClone(value)), []);
  const changed = {
    breakers: [
      { id: 'a', calls: 1 },
      { id: 'b', calls: 3 },
    ],
  };
  assert.deepEqual(diff(value, changed), [{ op: 'replace', path: '/breakers/1/calls', value: 3 }]);
});

test('a step that does not fit is refused, and prototypes are out of reach', () => {
  assert.throws(() => applyPatch({}, [{ op: 'replace', path: '/a/b', value: 1 }]), RangeError);
  assert.throws(() => applyPatch([], [{ op: 'add', path: '/7', value: 1 }]), RangeError);
  applyPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }]);
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});
