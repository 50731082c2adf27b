import { pipeline, retry, timeout } from 'dualbrake';
import { faultSchedule, flaky, ManualClock, policyContract, seededRandom } from 'dualbrake/testing';

// Fails twice, then answers; counts its calls.
const clock = new ManualClock();
const read = flaky({ failures: 2, value: 'Ana Costa' });
const call = retry({ clock, random: seededRandom(7) }).execute(read);
await clock.advance(10_000);
console.info(await call, `after ${read.calls} calls`);

// Down from 10 s to 40 s, then slow for 20 s.
const student = faultSchedule([
  { fromMs: 10_000, toMs: 40_000, fault: 'refuse' },
  { fromMs: 40_000, toMs: 60_000, fault: 'slow', delayMs: 800 },
]).operation(clock, 'Ana Costa', { latencyMs: 20 });
const guarded = pipeline('student', [timeout({ limitMs: 500 })], { clock });
for (const second of [5, 20, 50, 61]) {
  await clock.advance(second * 1_000 + 10_000 - clock.now());
  const outcome = guarded.executeOutcome(student);
  await clock.advance(900);
  const { ok, error } = await outcome;
  console.info(`at ${second} s: ${ok ? 'an answer' : (error as { code?: string }).code}`);
}

// A policy of your own is held to what callers rely on.
const checks = policyContract(() => retry({ strategy: 'immediate', maxAttempts: 2 }));
for (const check of checks) await check.run();
console.info(`${checks.length} checks of the contract hold`);
