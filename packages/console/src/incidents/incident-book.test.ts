import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from 'dualbrake/testing';
import { IncidentBook, recoveriesOf, type Incident } from './incident-book.ts';

const breakers = ['a', 'b', 'c', 'd', 'e'];
/** a-b-c is a chain; d and e know nobody. */
const areNeighbours = (one: string, other: string): boolean => ['ab', 'ba', 'bc', 'cb'].includes(one + other);

interface Happening {
  readonly at: number;
  readonly breaker: string;
  readonly what: 'open' | 'close';
  readonly isDrill: boolean;
}

interface Story {
  readonly isDrill: boolean;
  readonly happenings: Happening[];
  over: boolean;
}

/** The same rules in their simplest form: each answer is computed from all events since the start. */
function tell(all: readonly Happening[], now: number): Story[] {
  const stories: Story[] = [];
  const endWhatIsStable = (at: number): void => {
    for (const story of stories) {
      const names = new Set(story.happenings.map(({ breaker }) => breaker));
      const last = story.happenings.findLast(({ what }) => what === 'close')?.at ?? at;
      const allClosed = [...names].every((name) => lastOf(story, name)?.what === 'close');
      if (allClosed && at - last >= 60_000) story.over = true;
    }
  };
  for (const happening of all) {
    endWhatIsStable(happening.at);
    const { breaker, what, isDrill, at } = happening;
    const open = stories.filter(({ over }) => !over);
    const own = open.find(({ happenings }) => happenings.some((one) => one.breaker === breaker));
    if (what === 'close') {
      if (own !== undefined && lastOf(own, breaker)?.what === 'open') own.happenings.push(happening);
      continue;
    }
    if (own !== undefined) {
      if (lastOf(own, breaker)?.what === 'close') own.happenings.push(happening);
      continue;
    }
    const near = open.find(
      (story) =>
        story.isDrill === isDrill &&
        [...new Set(story.happenings.map((one) => one.breaker))].some(
          (name) => areNeighbours(name, breaker) && at - (firstOf(story, name)?.at ?? 0) <= 120_000,
        ),
    );
    if (near === undefined) stories.push({ isDrill, happenings: [happening], over: false });
    else near.happenings.push(happening);
  }
  endWhatIsStable(now);
  return stories;
}

function lastOf({ happenings }: Story, name: string): Happening | undefined {
  return happenings.findLast(({ breaker }) => breaker === name);
}

function firstOf({ happenings }: Story, name: string): Happening | undefined {
  return happenings.find(({ breaker }) => breaker === name);
}

test('random openings and closings give the incidents and times of a simple model', () => {
  const random = seededRandom(9);
  let incidents = 0;
  for (let round = 0; round < 300; round += 1) {
    const book = new IncidentBook(areNeighbours);
    const known: Incident[] = [];
    const all: Happening[] = [];
    let now = 0;
    for (let step = 0; step < 60; step += 1) {
      now += Math.floor(random() ** 2 * 90_000);
      book.tick(now);
      const breaker = breakers[Math.floor(random() * breakers.length)] ?? '';
      const happening: Happening = {
        at: now,
        breaker,
        what: random() < 0.5 ? 'open' : 'close',
        isDrill: random() < 0.2,
      };
      all.push(happening);
      if (happening.what === 'close') book.closed(breaker, now);
      else {
        const opening = {
          breaker,
          cause: 'automatic',
          reason: '',
          firstFailureAt: null,
          isDrill: happening.isDrill,
        } as const;
        const news = book.opened(opening, now);
        if (news?.what === 'opened') known.push(news.incident);
      }
    }
    book.tick(now);

    const stories = tell(all, now);
    incidents += stories.length;
    assert.deepEqual(
      known.map(({ number, isDrill, state, openedAt, resolvedAt, members }) => ({
        number,
        isDrill,
        over: state === 'resolved',
        openedAt,
        resolvedAt,
        members: members.map((member) => [member.breaker, member.openedAt, member.closedAt, member.flaps]),
      })),
      stories.map((story, place) => {
        const names = [...new Set(story.happenings.map(({ breaker }) => breaker))];
        const closings = story.happenings.filter(({ what }) => what === 'close');
        return {
          number: place + 1,
          isDrill: story.isDrill,
          over: story.over,
          openedAt: story.happenings[0]?.at,
          resolvedAt: story.over ? closings.at(-1)?.at : null,
          members: names.map((name) => {
            const last = lastOf(story, name);
            const openings = story.happenings.filter(({ breaker, what }) => breaker === name && what === 'open');
            return [name, firstOf(story, name)?.at, last?.what === 'close' ? last.at : null, openings.length - 1];
          }),
        };
      }),
      `round ${round}`,
    );
    assert.deepEqual(
      book.open.map(({ number }) => number),
      stories.flatMap(({ over }, place) => (over ? [] : [place + 1])),
    );
    for (const name of breakers) {
      const times = stories
        .filter(({ over, isDrill }) => over && !isDrill)
        .flatMap((story) => {
          const first = firstOf(story, name);
          return first === undefined ? [] : [(lastOf(story, name)?.at ?? 0) - first.at];
        })
        .toSorted((one, other) => one - other);
      const { count, meanMs, p95Ms, longestMs } = recoveriesOf(name, known);
      assert.deepEqual([count, p95Ms, longestMs], [times.length, slowP95(times), times.at(-1) ?? null]);
      const mean = times.length === 0 ? null : times.reduce((sum, time) => sum + time, 0) / times.length;
      assert.equal(meanMs, mean);
    }
  }
  assert.ok(incidents > 1_000, `${incidents} incidents`);
});

/** The least time within which at least 95 % lie. */
function slowP95(times: readonly number[]): number | null {
  return times.find((time) => times.filter((other) => other <= time).length >= 0.95 * times.length) ?? null;
}
