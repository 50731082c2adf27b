import { Pool, type QueryResult } from 'pg';
import { timeout } from 'dualbrake';

const connectionString = process.env['POSTGRES_URL'] ?? 'postgres://localhost/school';
const pool = new Pool({ connectionString });
// A connection of its own: when every connection of the pool is busy, this one still gets through.
const canceller = new Pool({ connectionString, max: 1 });

/** Runs a query, and cancels it on the server when the signal aborts. */
async function query(text: string, signal: AbortSignal): Promise<QueryResult> {
  const client = await pool.connect();
  let cancellation: Promise<unknown> | undefined;
  try {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const cancel = (): void => {
      cancellation ??= canceller.query('SELECT pg_cancel_backend($1)', [rows[0]?.pid]).catch(() => undefined);
    };
    signal.throwIfAborted();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await client.query(text);
    } finally {
      signal.removeEventListener('abort', cancel);
      await cancellation;
    }
  } finally {
    // Close a connection that was canceled: a late cancel request must not hit the next query.
    client.release(cancellation !== undefined);
  }
}

const limit = timeout({ limitMs: 200 });
const slow = limit.execute(({ signal }) => query('SELECT pg_sleep(600)', signal));
const error: unknown = await slow.catch((caught: unknown) => caught);
console.info(`the caller got ${(error as { code: string }).code}`);

const running = `SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'`;
let isRunning = true;
while (isRunning) isRunning = ((await pool.query(running)).rowCount ?? 0) > 0;
console.info('the query has ended on the server too');
await Promise.all([pool.end(), canceller.end()]);
