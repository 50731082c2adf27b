import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { seededRandom } from 'dualbrake/testing';
import { databasePid, Program, signInAsOwner, until, type Client } from './program.ts';

/** How much is written and how often the database is killed meanwhile. */
export interface CampaignOptions {
  readonly writes: number;
  readonly kills: number;
  readonly writers: number;
  readonly seed: number;
}

/** The result. */
export interface CampaignResult {
  readonly acknowledged: number;
  /** Requests that were not acknowledged and sent again with the same Idempotency-Key. */
  readonly repeated: number;
  readonly kills: number;
  readonly missing: readonly string[];
  readonly twice: readonly string[];
  readonly tookMs: number;
}

/**
 * Writes students while the database is killed with SIGKILL at random moments, and then looks for every one of them.
 * A writer that gets no acknowledgement sends the same request again, as the pages do.
 */
export async function runCampaign({ writes, kills, writers, seed }: CampaignOptions): Promise<CampaignResult> {
  const random = seededRandom(seed);
  await using program = await Program.start({ environment: { DEMO_DATA: 'no', LOG_LEVEL: 'warn' } });
  const client = await signInAsOwner(program);
  const startedAt = performance.now();
  const acknowledged = new Map<string, string>();
  const killAfter = Array.from({ length: kills }, () => Math.floor(random() * writes)).toSorted((a, b) => a - b);
  let next = 0;
  let repeated = 0;
  let killed = 0;

  const killer = (async () => {
    for (const count of killAfter) {
      await until(`${count} writes`, () => acknowledged.size >= Math.min(count, writes - writers), {
        limitMs: 1_800_000,
      });
      const pid = await livingDatabase(client);
      process.kill(pid, 'SIGKILL');
      killed += 1;
      await until('a new database process', async () => (await livingDatabase(client)) !== pid);
    }
  })();

  const writer = async (): Promise<void> => {
    while (next < writes) {
      const name = `Campaign${String((next += 1)).padStart(5, '0')}`;
      const key = randomUUID();
      for (let tries = 0; ; tries += 1) {
        const id = await write(client, name, key);
        if (id !== undefined) {
          acknowledged.set(name, id);
          break;
        }
        repeated += 1;
        assert.ok(tries < 1_000, `${name} was never acknowledged`);
        await new Promise((resolve) => void setTimeout(resolve, 50 + random() * 100));
      }
    }
  };
  await Promise.all([killer, ...Array.from({ length: writers }, writer)]);

  await until('the database answers', async () => (await fetch(`${program.address}/readyz`)).ok);
  const found = await studentsByName(client, 'Campaign');
  const missing = [...acknowledged].filter(([name, id]) => !found.get(name)?.includes(id)).map(([name]) => name);
  const twice = [...found].filter(([, ids]) => ids.length > 1).map(([name]) => name);
  return {
    acknowledged: acknowledged.size,
    repeated,
    kills: killed,
    missing,
    twice,
    tookMs: performance.now() - startedAt,
  };
}

/** @returns the ID; undefined when it was not acknowledged */
async function write(client: Client, name: string, key: string): Promise<string | undefined> {
  let response: Response;
  try {
    response = await client.post(
      '/api/students',
      { legal_given_names: null, legal_family_name: name, birth_date: '2008-05-17' },
      key,
    );
  } catch {
    return undefined;
  }
  if (response.status === 201) return ((await response.json()) as { data: { id: string } }).data.id;
  const text = await response.text();
  assert.ok(response.status === 503 || response.status === 504, `${name}: ${response.status} ${text}`);
  return undefined;
}

async function livingDatabase(client: Client): Promise<number> {
  let pid = -1;
  await until('a database process', async () => (pid = await databasePid(client)) > 0);
  return pid;
}

/** The ids of all students whose name begins with the text, by name. Fails when the answer is a copy. */
export async function studentsByName(client: Client, text: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  let cursor: string | null = '';
  while (cursor !== null) {
    const response = await client.fetch(
      `/api/students?limit=200&q=${text}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    assert.equal(response.status, 200, await response.clone().text());
    const page = (await response.json()) as {
      data: { id: string; display_name: string }[];
      next_cursor: string | null;
      stale: boolean;
    };
    assert.equal(page.stale, false);
    for (const { id, display_name: name } of page.data) found.set(name, [...(found.get(name) ?? []), id]);
    cursor = page.next_cursor;
  }
  return found;
}
