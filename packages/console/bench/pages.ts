/**
 * The pages' cost in a browser: 200 breakers at 20 events a second, and ten minutes of the live log at 20 lines a
 * second. `npm run bench:pages`; with `-- 60` the log runs for 60 s. Writes `results.md` beside this file.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CircuitBreaker } from 'dualbrake';
import type { Page } from 'playwright-core';
import { launch, openTab } from '../test/pages/browser.ts';
import { buildPage } from '../test/pages/built-page.ts';
import { sizesOf } from '../test/pages/sizes.ts';
import { startScene } from '../test/pages/scene.ts';

const SECONDS = Number(process.argv[2] ?? 600);
const BREAKERS = 200;
const PER_SECOND = 20;

const built = await buildPage();
const browser = await launch();

interface Load {
  readonly seconds: number;
  readonly longTasks: number;
  readonly longestMs: number;
  /** Share of the time in which the page's thread was at work. */
  readonly busy: number;
}

async function watched(page: Page, seconds: number, each: () => void): Promise<Load> {
  await page.evaluate(() => {
    const found: number[] = [];
    Object.assign(globalThis, { longTasks: found });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) found.push(duration);
    }).observe({ type: 'longtask' });
  });
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const busyS = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
  };
  const before = await busyS();
  const timer = setInterval(each, 1_000 / PER_SECOND);
  await new Promise((resolve) => void setTimeout(resolve, seconds * 1_000));
  clearInterval(timer);
  const busy = ((await busyS()) - before) / seconds;
  const tasks = await page.evaluate(() => (globalThis as unknown as { longTasks: number[] }).longTasks);
  return { seconds, longTasks: tasks.length, longestMs: Math.max(0, ...tasks), busy };
}

async function breakersUnderLoad(address: string): Promise<Load> {
  await using scene = await startScene('healthy', built.directory);
  const many = Array.from({ length: BREAKERS }, (_, place) => {
    const breaker = new CircuitBreaker({ name: `dependency-${place}`, failureThreshold: 5, resetTimeoutMs: 60_000 });
    scene.kit.registry.pipeline(`pipeline-${place}`, [breaker]);
    return breaker;
  });
  scene.run();
  const context = await browser.newContext({ viewport: { width: 1_440, height: 900 } });
  const { page } = await openTab(context, new URL(scene.url).origin);
  await page.goto(`${scene.url}#/${address}`);
  await page.waitForSelector('main h2');
  await page.waitForTimeout(5_000);
  let count = 0;
  const load = await watched(page, 30, () => {
    const breaker = many[(count += 1) % BREAKERS];
    if (count % (2 * BREAKERS) < BREAKERS) breaker?.trip('the bench');
    else breaker?.reset('the bench');
  });
  await context.close();
  return load;
}

/** Milliseconds from the link to the verdict with nothing in the cache, on a slow mobile network. */
async function firstVerdict(): Promise<{ readonly paintMs: number; readonly verdictMs: number }> {
  await using scene = await startScene('outage', built.directory);
  scene.run();
  const context = await browser.newContext({ viewport: { width: 375, height: 812 } });
  const { page } = await openTab(context, new URL(scene.url).origin);
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  // As Chromium's own tools name it.
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 150,
    downloadThroughput: (1_600_000 / 8) * 0.9,
    uploadThroughput: (750_000 / 8) * 0.9,
  });
  const runs: { paintMs: number; verdictMs: number }[] = [];
  for (let run = 0; run < 5; run += 1) {
    await session.send('Network.clearBrowserCache');
    await page.goto('about:blank');
    await page.goto(scene.url, { waitUntil: 'commit' });
    await page.waitForSelector('.verdict-text');
    runs.push(
      await page.evaluate(() => ({
        paintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
        verdictMs: performance.now(),
      })),
    );
  }
  await context.close();
  const middle = (pick: (run: { paintMs: number; verdictMs: number }) => number): number =>
    runs.map(pick).toSorted((one, other) => one - other)[2] ?? 0;
  return { paintMs: middle(({ paintMs }) => paintMs), verdictMs: middle(({ verdictMs }) => verdictMs) };
}

async function liveLog(): Promise<Load & { readonly heap: readonly number[] }> {
  await using scene = await startScene('healthy', built.directory);
  scene.run();
  const context = await browser.newContext({ viewport: { width: 1_440, height: 900 } });
  const { page } = await openTab(context, new URL(scene.url).origin);
  await page.goto(`${scene.url}#/logs?live=1`);
  await page.waitForSelector('.log-box');
  const session = await context.newCDPSession(page);
  const heapMb = async (): Promise<number> => {
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = (await session.send('Runtime.getHeapUsage')) as { usedSize: number };
    return usedSize / 1e6;
  };
  let count = 0;
  const say = (): void => {
    count += 1;
    scene.kit.console.log(
      JSON.stringify({ level: 30, time: Date.now(), msg: `GET /api/students/${count}`, correlationId: `c-${count}` }),
    );
  };
  // Until the list is full: before that it must grow.
  for (let line = 0; line < 1_200; line += 1) {
    say();
    if (line % 100 === 99) await page.waitForTimeout(300);
  }
  const heap: number[] = [await heapMb()];
  let load: Load = { seconds: 0, longTasks: 0, longestMs: 0, busy: 0 };
  const parts = 10;
  for (let part = 0; part < parts; part += 1) {
    const one = await watched(page, SECONDS / parts, say);
    load = {
      seconds: load.seconds + one.seconds,
      longTasks: load.longTasks + one.longTasks,
      longestMs: Math.max(load.longestMs, one.longestMs),
      busy: load.busy + one.busy / parts,
    };
    heap.push(await heapMb());
  }
  await context.close();
  return { ...load, heap };
}

const size = sizesOf(built.directory);
const first = await firstVerdict();
const now = await breakersUnderLoad('');
const list = await breakersUnderLoad('breakers');
const log = await liveLog();
await browser.close();
built.remove();

const kb = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;
const row = (name: string, { seconds, longTasks, longestMs, busy }: Load): string =>
  `| ${name} | ${Math.round(seconds)} s | ${longTasks} | ${longestMs === 0 ? '—' : `${Math.round(longestMs)} ms`} | ${(busy * 100).toFixed(1)} % |`;
const text = `# What the pages cost

Made by \`npm run bench:pages\`, on Node ${process.versions.node}, headless Chromium ${browser.version()}, two cores, no GPU.

| Part | Size, brotli | Budget |
|---|---|---|
| first page, JavaScript and CSS | ${kb(size.first)} | 60 kB |
| all other pages, fetched when wanted | ${kb(size.others)} | |
| the chart (uPlot), fetched with the first chart | ${kb(size.chart)} | 24 kB |
| the folder, not packed | ${kb(size.folder)} | 400 kB |

From the link to the verdict on slow 4G (1.6 Mbit/s, 150 ms) with an empty cache, the middle of five: first paint after
${Math.round(first.paintMs)} ms, verdict after ${Math.round(first.verdictMs)} ms. Budget: 1,500 ms.

| Page | Time | Long tasks (> 50 ms) | Longest | Thread at work |
|---|---|---|---|---|
${row(`*Now*, ${BREAKERS} breakers, ${PER_SECOND} changes of state a second`, now)}
${row(`*Breakers*, ${BREAKERS} breakers, ${PER_SECOND} changes of state a second`, list)}
${row(`*Logs*, live, ${PER_SECOND} lines a second`, log)}

Heap of the live log with its list full, after a collection, at the start and after each tenth of the time:
${log.heap.map((mb) => mb.toFixed(1)).join(', ')} MB. Budget: flat within 5 MB.
`;
writeFileSync(join(import.meta.dirname, 'results.md'), text);
process.stdout.write(text);
