import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from 'dualbrake/testing';
import { consoleKit, origin, type ConsoleKit } from '../testing/console-kit.ts';
import type { OverviewView, StreamEvents } from '../contract.ts';

const LOSSES = 100;

/** A client like the page: it keeps the last ID and the last snapshot. */
class Client {
  readonly ids: string[] = [];
  overview: OverviewView | undefined;
  lastId: string | undefined;
  #rest = '';
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** A read that has found nothing yet. */
  #reading: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;
  readonly #kit: ConsoleKit;

  constructor(kit: ConsoleKit) {
    this.#kit = kit;
  }

  async connect(): Promise<void> {
    this.#rest = '';
    const headers = this.lastId === undefined ? {} : { 'last-event-id': this.lastId };
    const response = await this.#kit.console(new Request(`${origin}/admin/api/v1/events`, { headers }));
    assert.equal(response.status, 200);
    this.#reader = response.body?.getReader();
  }

  /** Reads what is there, up to a number of bytes. */
  async read(bytesMax = Number.POSITIVE_INFINITY): Promise<void> {
    let left = bytesMax;
    while (left > 0) {
      this.#reading ??= this.#reader?.read();
      const next = await Promise.race([this.#reading, nothingMore()]);
      if (next === undefined) return;
      this.#reading = undefined;
      if (next.value === undefined) return;
      const taken = next.value.subarray(0, left);
      left -= taken.byteLength;
      this.#take(new TextDecoder().decode(taken));
    }
  }

  /** Like a lost connection: an incomplete event is lost. */
  async lose(): Promise<void> {
    await this.#reader?.cancel();
    this.#reading = undefined;
  }

  #take(text: string): void {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      this.#event(fields.get('event') ?? '', fields.get('data') ?? '', fields.get('id'));
    }
  }

  #event(event: string, data: string, id: string | undefined): void {
    assert.notEqual(event, 'resync');
    if (event === 'snapshot') {
      const { body, version } = JSON.parse(data) as StreamEvents['snapshot'];
      assert.ok(version > 0);
      this.overview = body;
    } else if (id !== undefined) this.ids.push(id);
    this.lastId = id ?? this.lastId;
  }
}

/** Everything that was sent can be read within one turn of the event loop. */
async function nothingMore(): Promise<undefined> {
  await new Promise((resolve) => setImmediate(resolve));
  return undefined;
}

async function happen(kit: ConsoleKit, random: () => number): Promise<void> {
  const breaker = random() < 0.5 ? kit.mail : kit.database;
  const what = Math.floor(random() * 6);
  if (what === 0) breaker.trip('tripped');
  else if (what === 1) breaker.reset('reset');
  else if (what === 2) await kit.fail(breaker);
  else if (what === 3) await kit.clock.advance(Math.floor(random() * 3_000));
  else if (what === 4) breaker.isolate('isolated', 2_000);
  else breaker.release('released');
}

test(`a client that loses its stream ${LOSSES} times at any point ends with exactly the server’s events`, async (context) => {
  const kit = consoleKit();
  context.after(() => kit.console.close());
  const random = seededRandom(77);
  const client = new Client(kit);
  await client.connect();
  await client.read();

  for (let loss = 0; loss < LOSSES; loss += 1) {
    const count = Math.floor(random() * 8);
    for (let number = 0; number < count; number += 1) await happen(kit, random);
    // Within an event or between two, sometimes with much left unread.
    await client.read(Math.floor(random() ** 2 * 60_000));
    await client.lose();
    for (let number = 0; number < Math.floor(random() * 5); number += 1) await happen(kit, random);
    await client.connect();
  }
  await kit.clock.advance(6_000);
  await client.read();
  await client.lose();

  const server = await kit.get<OverviewView>('overview');
  const [epoch, last] = (server.changes[0]?.id ?? '').split('-');
  const expected = Array.from({ length: Number(last) }, (_, place) => `${epoch}-${place + 1}`);
  assert.ok(expected.length > 300, `${expected.length} events`);
  assert.deepEqual(client.ids, expected);
  assert.deepEqual(timeless(client.overview ?? assert.fail()), timeless(server));
});

/** Without values that depend on the time. */
function timeless({ breakers, changes, incidents, verdict, store }: OverviewView) {
  return {
    breakers: breakers.map((breaker) => ({ ...breaker, next_test_at: null })),
    changes,
    incidents,
    verdict,
    store,
  };
}
