import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Pipeline } from 'dualbrake';
import { faultInjection } from 'dualbrake/faults';
import { consoleKit, type ConsoleKit } from '../testing/console-kit.ts';
import type { FaultList, FaultView, OverviewView } from '../contract.ts';

interface Setup {
  readonly kit: ConsoleKit;
  readonly pipeline: Pipeline;
  start(order?: object): Promise<Response>;
  /** How many of the given number of calls fail. */
  failuresOf(count: number): Promise<number>;
}

function setUp(context: TestContext, options: Parameters<typeof consoleKit>[0] = { drills: { enabled: true } }): Setup {
  const kit = consoleKit(options);
  context.after(() => kit.console.close());
  const pipeline = kit.registry.pipeline('drilled', [kit.mail, faultInjection({ name: 'drill' })]);
  return {
    kit,
    pipeline,
    start: (order = {}) =>
      kit.order('POST', 'faults', {
        target: 'drilled.drill',
        kind: 'error',
        ttl_ms: 60_000,
        stop_conditions: [{ type: 'loop_delay', above_ms: 60_000 }],
        reason: 'to see what happens',
        ...order,
      }),
    async failuresOf(count) {
      let failures = 0;
      for (let call = 0; call < count; call += 1) await pipeline.execute(async () => 1).catch(() => (failures += 1));
      return failures;
    },
  };
}

async function faults({ kit }: Setup): Promise<FaultList> {
  return kit.get<FaultList>('faults');
}

test('a drill makes calls fail, ends automatically, and publishes its start and end', async (context) => {
  const setup = setUp(context);
  const { kit } = setup;
  const before = await setup.failuresOf(1);
  await setup.start();
  const during = await setup.failuresOf(1);
  const { verdict, faults: shown } = await kit.get<OverviewView>('overview');
  await kit.clock.advance(61_000);
  const afterwards = await setup.failuresOf(1);
  const [fault] = (await faults(setup)).faults;
  const { changes } = await kit.get<OverviewView>('overview');
  const { records } = await kit.get<{ records: { action: string }[] }>('audit');

  assert.deepEqual([before, during, afterwards], [0, 1, 0]);
  assert.match(verdict.text, /A drill is running/);
  assert.equal(shown.length, 1);
  assert.deepEqual([fault?.state, fault?.ended_by, fault?.injected], ['ended', 'its time is up', 1]);
  assert.deepEqual(
    changes.filter(({ kind }) => kind === 'fault').map(({ what }) => what),
    ['drill ended', 'drill error of 100 % started'],
  );
  assert.deepEqual(
    records.map(({ action }) => action).filter((action) => action.startsWith('fault')),
    ['fault.ended', 'fault.started', 'fault.started'],
  );
});

test('a drill affects only the requested share of calls', async (context) => {
  const setup = setUp(context);
  await setup.start({ ratio: 0.3 });
  const none = await setup.failuresOf(1);
  const [{ id }] = (await faults(setup)).faults as [FaultView];
  await setup.kit.order('DELETE', `faults/${id}`, { reason: 'more of it' });
  await setup.start({ ratio: 0.5 });

  assert.deepEqual([none, await setup.failuresOf(1)], [0, 1], 'chance says 0.4');
});

test('delays and hangs last as requested, and a person can stop them', async (context) => {
  const setup = setUp(context);
  const { kit, pipeline } = setup;
  await setup.start({ kind: 'delay', delay_ms: 700 });
  let done = false;
  const delayed = pipeline.execute(async () => (done = true));
  await kit.clock.advance(699);
  const early = done;
  await kit.clock.advance(1);
  await delayed;
  const [{ id }] = (await faults(setup)).faults as [FaultView];
  await kit.order('DELETE', `faults/${id}`, { reason: 'seen enough' });
  await setup.start({ kind: 'hang' });
  const hanging = assert.rejects(
    pipeline.execute(async () => 1),
    /on purpose/,
  );
  const [{ id: second }] = (await faults(setup)).faults as [FaultView];
  const stopped = await kit.order('DELETE', `faults/${second}`, { reason: 'seen enough' });
  await hanging;

  assert.deepEqual([early, done], [false, true]);
  assert.equal(stopped.status, 200);
  assert.equal((await kit.order('DELETE', `faults/${second}`, { reason: 'once more' })).status, 409);
});

test('a drill stops at once when the breaker in its stop condition opens', async (context) => {
  const setup = setUp(context);
  await setup.start({ stop_conditions: [{ type: 'breaker_opens', breaker: 'letters.mail' }] });
  await setup.failuresOf(2);

  const [fault] = (await faults(setup)).faults;
  assert.deepEqual([fault?.state, fault?.injected], ['stopped', 2]);
  assert.match(fault?.ended_by ?? '', /letters\.mail opened/);
});

test('invalid drills are refused: unknown targets and breakers, no end, no stop condition, two on one target', async (context) => {
  const setup = setUp(context);
  const statuses = [];
  for (const order of [
    { target: 'nowhere' },
    { stop_conditions: [{ type: 'breaker_opens', breaker: 'nobody' }] },
    { stop_conditions: [] },
    { ttl_ms: 900_001 },
    { ttl_ms: undefined },
    { ratio: 0 },
    { kind: 'explode' },
  ])
    statuses.push((await setup.start(order)).status);
  const first = await setup.start();
  const second = await setup.start();

  assert.deepEqual(statuses, [404, 422, 422, 422, 422, 422, 422]);
  assert.deepEqual([first.status, second.status], [200, 409]);
});

test('drills need a permission, must be enabled, and are refused in production', async (context) => {
  const off = setUp(context, {});
  const production = setUp(context, { drills: { enabled: true }, environment: 'production' });
  const on = setUp(context);
  on.kit.user = { id: 'u-2', name: 'Ben', role: 'maintainer' };
  const asMaintainer = await on.start();
  on.kit.user = { id: 'u-2', name: 'Ben', role: 'maintainer', extraPermissions: ['fault:start'] };

  for (const setup of [off, production]) {
    assert.equal((await setup.start()).status, 403);
    assert.equal((await faults(setup)).enabled, false);
    assert.equal(await setup.failuresOf(1), 0);
  }
  assert.deepEqual([asMaintainer.status, (await on.start()).status], [403, 200]);
});

test('drills end when the application stops', async (context) => {
  const setup = setUp(context);
  await setup.start();
  setup.kit.console.close();
  assert.equal(await setup.failuresOf(1), 0);
});
