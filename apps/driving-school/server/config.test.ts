import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, readConfig, usage } from './config.ts';

test('by default the school listens on this machine only, with demo data in ./data', () => {
  assert.deepEqual(readConfig({}, { directory: '/srv/school' }), {
    port: 3000,
    host: '127.0.0.1',
    dataDirectory: '/srv/school/data',
    databaseUrl: undefined,
    logLevel: 'info',
    logFormat: 'json',
    allowedHosts: [],
    appSecret: undefined,
    sessionIdleMinutes: 30,
    demoData: 'M',
    schoolNow: undefined,
    trustedProxies: [],
    drainSeconds: 0,
    databaseConnections: 10,
  });
});

test('every variable is read', () => {
  const config = readConfig({
    PORT: '0',
    HOST: '::1',
    DATA_DIR: '/var/lib/school',
    DATABASE_URL: 'postgres://school:secret@db.example:5432/school',
    LOG_LEVEL: 'DEBUG',
    LOG_FORMAT: 'text',
    ALLOWED_HOSTS: 'School.example, 10.0.0.7',
    APP_SECRET: 'x'.repeat(32),
    DEMO_DATA: 'yes',
    TRUSTED_PROXIES: '10.0.0.2, 172.16.0.0/12',
  });
  assert.equal(config.port, 0);
  assert.equal(config.host, '::1');
  assert.equal(config.logLevel, 'debug');
  assert.deepEqual(config.allowedHosts, ['school.example', '10.0.0.7']);
  assert.equal(config.demoData, 'M');
  assert.deepEqual(config.trustedProxies, ['10.0.0.2', '172.16.0.0/12']);
});

test('an external database is not filled with fictional students by default', () => {
  assert.equal(readConfig({ DATABASE_URL: 'postgresql://db/school' }).demoData, undefined);
});

test('all invalid values are reported at once, with what is valid', () => {
  assert.throws(
    () =>
      readConfig({ PORT: '99999', HOST: 'http://here', LOG_LEVEL: 'loud', DEMO_DATA: 'maybe', ALLOWED_HOSTS: 'a b' }),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.issues.length, 5);
      assert.match(error.message, /^PORT is "99999"\. It must be a TCP port: a whole number from 0 .* to 65535\.$/m);
      assert.match(error.message, /^HOST is "http:\/\/here"\. /m);
      assert.match(error.message, /^LOG_LEVEL is "loud"\. It must be one of fatal, error, warn, info/m);
      assert.match(error.message, /^DEMO_DATA is "maybe"\. It must be no, S, M, L or XL\.$/m);
      assert.match(error.message, /^ALLOWED_HOSTS is "a b"\. It must be host names/m);
      return true;
    },
  );
});

test('invalid secrets are not shown', () => {
  assert.throws(
    () => readConfig({ DATABASE_URL: 'mysql://root:hunter2@db/school', APP_SECRET: 'hunter3' }),
    (error) => error instanceof ConfigError && error.issues.length === 2 && !/hunter/.test(error.message),
  );
});

test('numbers are accepted in decimal digits only', () => {
  for (const PORT of ['3e3', '0x10', '-1', '3000.5', ' 30 00'])
    assert.throws(() => readConfig({ PORT }), ConfigError, PORT);
});

test('the idle time-out is a number of minutes from 5 to 720', () => {
  assert.equal(readConfig({ SESSION_IDLE_MINUTES: '60' }).sessionIdleMinutes, 60);
  for (const SESSION_IDLE_MINUTES of ['0', '4', '721', '30m', '-5'])
    assert.throws(() => readConfig({ SESSION_IDLE_MINUTES }), ConfigError, SESSION_IDLE_MINUTES);
});

test('trusted proxies are addresses and networks, not counts or names', () => {
  for (const TRUSTED_PROXIES of ['1', 'proxy', '10.0.0.1/33', '10.0.0.1/8/8', '10.0.0.1,']) {
    assert.throws(() => readConfig({ TRUSTED_PROXIES }), ConfigError, TRUSTED_PROXIES);
  }
});

test('an empty value counts as absent', () => {
  assert.equal(readConfig({ PORT: ' ', DATABASE_URL: '' }).port, 3000);
});

test('the help names every variable', () => {
  for (const name of [
    'PORT',
    'HOST',
    'DATA_DIR',
    'DATABASE_URL',
    'LOG_LEVEL',
    'LOG_FORMAT',
    'ALLOWED_HOSTS',
    'APP_SECRET',
    'DEMO_DATA',
    'SCHOOL_NOW',
    'ALLOW_TEST_HANDLES',
    'TRUSTED_PROXIES',
    'SESSION_IDLE_MINUTES',
    'RECOVERY_CONSOLE_READONLY',
  ]) {
    assert.match(usage(), new RegExp(`^  ${name}\\s`, 'm'));
  }
});

test('the time to drain is 5 seconds with DATABASE_URL, none without, and at most five minutes', () => {
  assert.equal(readConfig({}).drainSeconds, 0);
  assert.equal(readConfig({ DATABASE_URL: 'postgres://localhost/school' }).drainSeconds, 5);
  assert.equal(readConfig({ DRAIN_SECONDS: '12' }).drainSeconds, 12);
  assert.throws(() => readConfig({ DRAIN_SECONDS: '301' }), ConfigError);
});
