import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressLines, birthText, countText, legalName, spokenName, tidyDate, todayHere } from './student-text.ts';
import { mustNotBeInAddress } from './search-text.ts';

test('the preferred name replaces the given names; a single name is shown as it is', () => {
  const zoe = { legal_given_names: 'Zoé Marie', legal_family_name: 'Tremblay', preferred_name: 'Zo' };
  assert.equal(spokenName(zoe), 'Zo Tremblay');
  assert.equal(legalName(zoe), 'Zoé Marie Tremblay');
  const single = { legal_given_names: null, legal_family_name: 'Suharto', preferred_name: null };
  assert.equal(spokenName(single), 'Suharto');
});

test('a birth date is shown with the age, in any time zone', () => {
  assert.equal(birthText('2008-03-09', '2026-03-08'), 'Mar 9, 2008 (17 years)');
  assert.equal(birthText('2008-03-09', '2026-03-09'), 'Mar 9, 2008 (18 years)');
});

test('today is the local day, not that in UTC', () => {
  assert.equal(todayHere(new Date(2026, 10, 3, 23, 59)), '2026-11-03');
});

test('usual spellings of a date are normalized, others are unchanged', () => {
  for (const typed of ['20080309', '2008/3/9', '2008.03.09', ' 2008 3 9 ', '2008-03-09', '2008–03–09']) {
    assert.equal(tidyDate(typed), '2008-03-09', typed);
  }
  for (const typed of ['09/03/2008', '2008', 'soon', '']) assert.equal(tidyDate(typed), typed);
});

test('the count distinguishes all students, the first ones, and copies', () => {
  const live = { more: false, complete: true, searched: false };
  assert.equal(countText({ ...live, count: 1, total: 1, searched: true }), '1 student found');
  assert.equal(countText({ ...live, count: 50, total: 1_200, more: true }), 'First 50 of 1,200 students');
  assert.equal(countText({ ...live, count: 50, total: null, more: true }), 'First 50 students');
  assert.equal(countText({ ...live, count: 12, total: 12 }), '12 students');
  assert.equal(
    countText({ count: 3, total: null, more: false, complete: false, searched: true }),
    '3 copies found. There may be more students.',
  );
  assert.equal(countText({ ...live, count: 0, total: 0, searched: true }), 'No students');
});

test('an address omits empty lines', () => {
  assert.deepEqual(addressLines({ street: '12 Elm St', city: 'Ottawa', province: 'ON', postal_code: 'K1A 0B1' }), [
    '12 Elm St',
    'Ottawa ON  K1A 0B1',
  ]);
  assert.deepEqual(addressLines({ street: null, city: null, province: 'ON', postal_code: 'K1A 0B1' }), ['ON  K1A 0B1']);
  assert.deepEqual(addressLines(null), []);
});

test('the start of a licence number must not be in a URL', () => {
  assert.equal(mustNotBeInAddress('S1234-56789-01234'), true);
  assert.equal(mustNotBeInAddress('s1234 567'), true);
  assert.equal(mustNotBeInAddress('Tremblay'), false);
  assert.equal(mustNotBeInAddress('416-555-0123'), false);
});
