import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isMinor, patchedGuardian, removalOf } from './guardian.ts';

test('a student is a minor until the day before the 18th birthday', () => {
  assert.equal(isMinor('2008-03-16', '2026-03-15'), true);
  assert.equal(isMinor('2008-03-15', '2026-03-15'), false);
});

test('after any accepted removals, a student with guardians has exactly one primary, and a minor keeps one', () => {
  const ids = ['a', 'b', 'c', 'd'];
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.nat(3),
      fc.boolean(),
      fc.array(fc.constantFrom(...ids), { maxLength: 8 }),
      (count, primary, ofMinor, removed) => {
        let links = ids
          .slice(0, count)
          .map((guardianId, index) => ({ guardianId, isPrimary: index === primary % count }));
        for (const id of removed) {
          const removal = removalOf(id, links, ofMinor);
          if (!removal.ok) {
            assert.equal(removal.isLast, links.length === 1);
            continue;
          }
          links = links
            .filter(({ guardianId }) => guardianId !== id)
            .map((link) => ({ ...link, isPrimary: link.isPrimary || link.guardianId === removal.nextPrimary }));
          assert.equal(links.filter(({ isPrimary }) => isPrimary).length, links.length === 0 ? 0 : 1);
        }
        if (ofMinor) assert.ok(links.length > 0);
      },
    ),
  );
});

test('a new phone number drops the old extension', () => {
  const current = { name: 'Marie Roy', relation: null, phone: '+14165550123', phone_extension: '12', email: null };
  assert.equal(patchedGuardian(current, { phone: '416-555-0124' })['phone_extension'], null);
  assert.equal(patchedGuardian(current, { name: 'Marie' })['phone_extension'], '12');
});
