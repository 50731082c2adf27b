import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draftOf, type DraftStorage, dropDraft, dropDrafts, keepDraft } from './student-draft.ts';
import { emptyForm } from './student-form-fields.ts';

/** Session storage in memory. */
class MemoryStorage implements DraftStorage {
  readonly items = new Map<string, string>();
  get length(): number {
    return this.items.size;
  }
  key(index: number): string | null {
    return [...this.items.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }
  removeItem(key: string): void {
    this.items.delete(key);
  }
}

const form = { ...emptyForm, notes: 'Prefers evenings.' };
const draft = { personId: 'otto', base: emptyForm, form, removeLicenceNumber: false };

test('a draft is found by the user who typed it, until it is removed', () => {
  const storage = new MemoryStorage();
  keepDraft(storage, 'zoe', draft);
  assert.deepEqual(draftOf(storage, 'zoe', 'otto'), { ...draft, lostLicenceNumber: false });
  assert.equal(draftOf(storage, 'new', 'otto'), undefined);
  dropDraft(storage, 'zoe');
  assert.equal(draftOf(storage, 'zoe', 'otto'), undefined);
});

test('the draft of another user is not returned, and is removed', () => {
  const storage = new MemoryStorage();
  keepDraft(storage, 'zoe', draft);
  assert.equal(draftOf(storage, 'zoe', 'olive'), undefined);
  assert.equal(storage.length, 0);
});

test('a licence number is never stored, and the draft reports its loss', () => {
  const storage = new MemoryStorage();
  keepDraft(storage, 'zoe', { ...draft, form: { ...form, licence_number: 'T1234-56789-01234' } });
  assert.doesNotMatch(JSON.stringify([...storage.items]), /56789/);
  const kept = draftOf(storage, 'zoe', 'otto');
  assert.deepEqual([kept?.form.licence_number, kept?.lostLicenceNumber], ['', true]);
});

test('signing out removes all drafts and nothing else; signing in removes those of others', () => {
  const storage = new MemoryStorage();
  storage.setItem('theme', 'dark');
  keepDraft(storage, 'zoe', draft);
  keepDraft(storage, 'luc', { ...draft, personId: 'olive' });
  dropDrafts(storage, { exceptOf: 'olive' });
  assert.deepEqual([...storage.items.keys()], ['theme', 'student-draft:luc']);
  dropDrafts(storage);
  assert.deepEqual([...storage.items.keys()], ['theme']);
});

test('invalid drafts are ignored', () => {
  const storage = new MemoryStorage();
  for (const text of ['', '{', 'null', '[]', '{"personId":"otto"}', JSON.stringify({ ...draft, form: {} })]) {
    storage.setItem('student-draft:zoe', text);
    assert.equal(draftOf(storage, 'zoe', 'otto'), undefined, text);
  }
});
