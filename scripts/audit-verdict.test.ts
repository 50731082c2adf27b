import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verdictOf } from './audit-verdict.ts';

const report = (severity: string): string =>
  JSON.stringify({ vulnerabilities: { 'left-pad': { severity, range: '<1.3.0' } } });

test('a vulnerability of severity high or critical fails the check and is named', () => {
  for (const severity of ['high', 'critical']) {
    const { text, failed } = verdictOf(report(severity));
    assert.equal(failed, true);
    assert.match(text, new RegExp(`^${severity}: left-pad <1.3.0\n`));
  }
});

test('lesser ones, and none, pass', () => {
  for (const output of [report('moderate'), report('low'), '{"vulnerabilities":{}}']) {
    assert.equal(verdictOf(output).failed, false);
  }
});

test('without the service the check says that it could not be done', () => {
  for (const output of ['', 'not JSON', '{}', '{"message":"405 Method Not Allowed - POST https://example.com/x"}']) {
    const { text, failed } = verdictOf(output);
    assert.equal(failed, false);
    assert.match(text, /^Not checked: /);
    assert.doesNotMatch(text, /https/);
  }
});
