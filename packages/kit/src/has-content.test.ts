import assert from 'node:assert/strict';
import { test } from 'node:test';
import { h } from 'preact';
import { hasContent } from './has-content.ts';

test('text, numbers and elements have content', () => {
  for (const children of ['Saved', 0, h('p', null), [false, 'Saved']]) assert.equal(hasContent(children), true);
});

test('nothing, conditions that are false and empty text have no content', () => {
  for (const children of [undefined, null, false, true, '', [], [null, '', [false]]])
    assert.equal(hasContent(children), false);
});
