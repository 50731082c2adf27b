import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { retry } from 'dualbrake';
import { seededRandom } from 'dualbrake/testing';
import { consoleKit, noon, origin, type ConsoleKit } from '../testing/console-kit.ts';
import type { LogLine, LogPage } from '../contract.ts';
import { redact, redactText } from './redact.ts';

function kitFor(context: TestContext, options: Parameters<typeof consoleKit>[0] = { logEvents: false }): ConsoleKit {
  const kit = consoleKit(options);
  context.after(() => kit.console.close());
  return kit;
}

async function messages(kit: ConsoleKit, query: string): Promise<string[]> {
  return (await kit.get<LogPage>(`logs?${query}`)).lines.map(({ message }) => message);
}

test('pino’s lines can be found by text, level, time, breaker and correlation ID, separately and combined', async (context) => {
  const kit = kitFor(context);
  const log = pino(
    { level: 'trace', timestamp: () => `,"time":${noon + kit.clock.now()}` },
    { write: (line) => kit.console.log(line) },
  );
  log.info({ correlation_id: 'c-1' }, 'a student was read');
  await kit.clock.advance(1_000);
  log.warn({ correlation_id: 'c-2', breaker: 'reads.database', table: 'Students' }, 'slow');
  await kit.clock.advance(1_000);
  log.error({ correlation_id: 'c-1', breaker: 'reads.database' }, 'lost');

  assert.deepEqual(await messages(kit, ''), ['lost', 'slow', 'a student was read']);
  assert.deepEqual(await messages(kit, 'order=oldest'), ['a student was read', 'slow', 'lost']);
  assert.deepEqual(await messages(kit, 'q=STUDENT'), ['slow', 'a student was read'], 'in any field, in any case');
  assert.deepEqual(await messages(kit, 'q=.*'), [], 'no pattern');
  assert.deepEqual(await messages(kit, 'level=warn'), ['lost', 'slow']);
  assert.deepEqual(await messages(kit, 'breaker=reads.database&correlation_id=c-1'), ['lost']);
  assert.deepEqual(await messages(kit, 'correlation_id=c-1&order=oldest'), ['a student was read', 'lost']);
  const at = (ms: number): string => new Date(noon + ms).toISOString();
  assert.deepEqual(await messages(kit, `from=${at(1_000)}&to=${at(1_500)}`), ['slow']);
});

test('a line that isn’t JSON is kept as text, and a long one is truncated', async (context) => {
  const kit = kitFor(context);
  kit.console.log('plain text\n');
  kit.console.log('[1, 2]');
  kit.console.log(`{"level":30,"msg":"${'x'.repeat(1_000_000)}"}`);
  kit.console.log('{"level":"loud","time":"whenever","msg":7}');

  const { lines } = await kit.get<LogPage>('logs?order=oldest');
  assert.deepEqual(
    lines.slice(0, 2).map(({ message }) => message),
    ['plain text', '[1, 2]'],
  );
  assert.ok(JSON.stringify(lines[2]).length < 10_000);
  assert.deepEqual([lines[3]?.level, lines[3]?.message], ['info', '']);
});

test('pages have no gaps and no duplicates while lines are added and dropped', async (context) => {
  const random = seededRandom(31);
  for (let round = 0; round < 20; round += 1) {
    const kit = kitFor(context, { logEvents: false, logs: { maxLines: 300 } });
    let written = 0;
    const write = async (count: number): Promise<void> => {
      for (let number = 0; number < count; number += 1) {
        written += 1;
        kit.console.log(JSON.stringify({ level: written % 2 === 0 ? 30 : 40, msg: `${written}` }));
      }
      await kit.clock.advance(200);
    };
    await write(400);
    const seen: number[] = [];
    let cursor: string | null = '';
    const first = written;
    while (cursor !== null) {
      const page: LogPage = await kit.get(
        `logs?level=warn&limit=${1 + Math.floor(random() * 40)}${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...page.lines.map(({ message }) => Number(message)));
      cursor = page.next_cursor;
      await write(Math.floor(random() * 10));
    }
    const oldest = seen.at(-1) ?? 0;
    const expected = [];
    for (let number = first; number >= oldest; number -= 1) if (number % 2 === 1) expected.push(number);
    assert.deepEqual(seen, expected, `round ${round}`);
    assert.ok(oldest >= written - 310, 'it ends where lines are gone');
    const { kept } = await kit.get<LogPage>('logs?limit=1');
    assert.ok(kept <= 300);
    kit.console.close();
  }
});

test('paging towards newer lines reports dropped lines in between', async (context) => {
  const kit = kitFor(context, { logEvents: false, logs: { maxLines: 10 } });
  for (let number = 0; number < 10; number += 1) kit.console.log(`line ${number}`);
  const { next_cursor: cursor } = await kit.get<LogPage>('logs?order=oldest&limit=3');
  for (let number = 10; number < 30; number += 1) kit.console.log(`line ${number}`);

  const gone = await kit.console(new Request(`${origin}/admin/api/v1/logs?order=oldest&cursor=${cursor}`));
  assert.deepEqual([gone.status, ((await gone.json()) as { code: string }).code], [410, 'cursor-gone']);
});

test('a flood of lines is counted and costs no more memory', async (context) => {
  const kit = kitFor(context);
  for (let number = 0; number < 20_000; number += 1) kit.console.log('{"msg":"flood"}');
  const { dropped, kept } = await kit.get<LogPage>('logs?limit=1');
  assert.deepEqual([kept, dropped], [5_000, 15_000]);
});

test('a flood of lines about strangers displaces no other lines and keeps the order', async (context) => {
  const kit = kitFor(context, { logEvents: false });
  kit.console.log('{"msg":"a person has changed something"}');
  for (let round = 0; round < 60; round += 1) {
    for (let number = 0; number < 400; number += 1) kit.console.log('{"msg":"GET none answered 404","stranger":true}');
    await kit.clock.advance(100);
  }
  kit.console.log('{"msg":"the person again"}');

  const found = await kit.get<LogPage>('logs?q=person');
  assert.deepEqual(
    found.lines.map(({ message }) => message),
    ['the person again', 'a person has changed something'],
  );
  const { kept } = await kit.get<LogPage>('logs?limit=1');
  assert.equal(kept, 2_002, 'the last 2,000 of the flood are there, beside the others');
  const oldestFirst = await kit.get<LogPage>('logs?order=oldest&limit=1000');
  const numbers = oldestFirst.lines.map(({ seq }) => seq);
  assert.deepEqual(
    numbers,
    numbers.toSorted((one, other) => one - other),
  );
  assert.equal(numbers[0], 1);
});

test('dropped lines about strangers take no space from other lines', async (context) => {
  const kit = kitFor(context, { logEvents: false });
  for (let number = 0; number < 20_000; number += 1) kit.console.log('{"msg":"404","stranger":true}');
  kit.console.log('{"msg":"a person has changed something"}');
  const { lines, dropped } = await kit.get<LogPage>('logs?q=person');
  assert.equal(lines.length, 1);
  assert.equal(dropped, 19_500);
});

test('a client’s text can’t mark a line as one about a stranger', async (context) => {
  const kit = kitFor(context, { logEvents: false, logs: { maxLines: 10 } });
  for (let number = 0; number < 5; number += 1)
    kit.console.log(JSON.stringify({ msg: 'x","stranger":true,"y":"', number }));
  const { kept } = await kit.get<LogPage>('logs?limit=1');
  assert.equal(kept, 5, 'of strangers one line would be kept');
});

test('a correlation ID finds retries and state changes among the application’s lines, in order', async (context) => {
  const kit = kitFor(context, {});
  const pipeline = kit.registry.pipeline('looking-up', [retry({ strategy: 'immediate', maxAttempts: 3 }), kit.mail]);
  const context1 = { attributes: { correlationId: 'c-7' } };
  kit.console.log(JSON.stringify({ level: 30, time: noon + kit.clock.now(), msg: 'asked', correlation_id: 'c-7' }));
  await kit.clock.advance(1);
  const lost = Object.assign(new Error('lost'), { code: 'ECONNRESET' });
  await assert.rejects(
    pipeline.execute(() => Promise.reject(lost), context1),
    { code: 'CIRCUIT_OPEN' },
  );
  await kit.clock.advance(1);
  kit.console.log(JSON.stringify({ level: 30, time: noon + kit.clock.now(), msg: 'answered', correlation_id: 'c-7' }));

  const { lines } = await kit.get<LogPage>('logs?correlation_id=c-7&order=oldest');
  const events = lines.map(({ message, fields }) => String(fields['event'] ?? message));
  assert.equal(events[0], 'asked');
  assert.equal(events.at(-1), 'answered');
  for (const event of ['recovery.retry', 'recovery.transition', 'recovery.gave-up'])
    assert.ok(events.includes(event), `${event} among ${events.join()}`);
  const transition = lines.find(({ fields }) => fields['event'] === 'recovery.transition');
  assert.equal(transition?.breaker, 'letters.mail');
  const times = lines.map(({ at }) => at);
  assert.deepEqual(times, times.toSorted());
});

test('the live tail sends lines of the requested level and breaker, in batches', async (context) => {
  const kit = kitFor(context);
  const response = await kit.console(
    new Request(`${origin}/admin/api/v1/events?topics=logs&level=warn&breaker=reads.database`),
  );
  const reader = response.body?.getReader() ?? assert.fail();
  context.after(() => reader.cancel());
  kit.console.log('{"level":30,"msg":"quiet","breaker":"reads.database"}');
  kit.console.log('{"level":50,"msg":"of another","breaker":"letters.mail"}');
  kit.console.log('{"level":50,"msg":"loud","breaker":"reads.database"}');
  await kit.clock.advance(1_000);

  let text = '';
  while (!text.includes('event: log')) text += new TextDecoder().decode((await reader.read()).value);
  const { lines } = JSON.parse(/event: log\ndata: (.*)/.exec(text)?.[1] ?? '') as { lines: LogLine[] };
  assert.deepEqual(
    lines.map(({ message }) => message),
    ['loud'],
  );
});

test('members with secret names are redacted in any spelling, at any depth; similar names are kept', () => {
  const hidden = redact({
    password: 'a',
    userPassword: 'correct horse battery staple',
    'X-Api-Key': 'k',
    access_token: ['one', 'two'],
    nested: { deeper: { 'Set-Cookie': 'c' } },
    author: 'Ana',
    tokens_used: 12,
    keyboard: 'qwerty',
    empty: { secret: '' },
  });
  assert.deepEqual(hidden, {
    password: '[redacted, short]',
    userPassword: '[redacted, long]',
    'X-Api-Key': '[redacted, short]',
    access_token: '[redacted]',
    nested: { deeper: { 'Set-Cookie': '[redacted, short]' } },
    author: 'Ana',
    tokens_used: 12,
    keyboard: 'qwerty',
    empty: { secret: '[redacted, empty]' },
  });
});

test('redaction keeps everything that isn’t secret, and escapes characters that change how a text is displayed', () => {
  const plain =
    'reads.database: 3 of 5 calls (60 %) failed at 2026-11-23T17:00:00.000Z, see https://school.example/help?page=2';
  assert.equal(redactText(plain), plain);
  assert.equal(redactText('order 4111 1111 1111 1112'), 'order 4111 1111 1111 1112', 'no card');
  assert.equal(redactText('a\u202Eb\u0007c\nd'), 'a\\u202eb\\u0007c\\u000ad');
  // A text designed to be slow to search.
  const hostile = `${'password='.repeat(400)}${'a@'.repeat(200)}${'eyJ'.repeat(200)}`;
  assert.ok(redactText(hostile).length < 8_000);
});
