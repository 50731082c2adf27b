/**
 * How long one piece of work holds the event loop at a stretch, in milliseconds of processor time of this thread: a
 * machine that is busy with other things changes nothing, threads of the pool do not count.
 *
 * @param work is to do nothing but what is measured
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
  await work();
  isOver = true;
  // Whatever it has left behind for this turn of the loop.
  await new Promise((resolve) => void setImmediate(resolve));
  return longest;
}

/**
 * How much slower this machine is than one on which limits in milliseconds were set, 1 at least: a slice that fits there
 * must fit here, too.
 */
export function slowness(): number {
  const times = Array.from({ length: 5 }, () => {
    const begin = cpuMs();
    for (let count = 0; count < 20; count += 1) JSON.parse(sample);
    return cpuMs() - begin;
  });
  return Math.max(1, Math.min(...times) / sampleMs);
}

/** As many milliseconds the sample takes there. */
const sampleMs = 12;
const sample = JSON.stringify(
  Array.from({ length: 3_000 }, (_, id) => ({ id, name: `name ${id}`, list: [id, 'x', null] })),
);

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
