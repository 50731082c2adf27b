/**
 * The longest time that work blocks the event loop, in milliseconds of CPU time of this thread: other load on the machine
 * and worker threads don't count.
 *
 * @param work the measured work only
 */
export async function longestSliceMs(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let isOver = false;
  let before = cpuMs();
  const turn = (): void => {
    const now = cpuMs();
    longest = Math.max(longest, now - before);
    before = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  try {
    await work();
  } finally {
    // After a failure too: turns without an end keep the process alive.
    isOver = true;
  }
  // Callbacks of the work that are still queued count too.
  await new Promise((resolve) => void setImmediate(resolve));
  return longest;
}

/**
 * How much slower this machine is than the one for which limits in milliseconds were set; at least 1.
 */
export function slowness(): number {
  const times = Array.from({ length: 5 }, () => {
    const begin = cpuMs();
    for (let count = 0; count < 20; count += 1) JSON.parse(sample);
    return cpuMs() - begin;
  });
  return Math.max(1, Math.min(...times) / sampleMs);
}

/** The time of the sample on that machine. */
const sampleMs = 12;
const sample = JSON.stringify(
  Array.from({ length: 3_000 }, (_, id) => ({ id, name: `name ${id}`, list: [id, 'x', null] })),
);

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
