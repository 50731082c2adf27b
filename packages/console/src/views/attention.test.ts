import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from 'dualbrake/testing';
import type { BreakerView, FaultView, IncidentView, ServiceView } from '../contract.ts';
import { attentionOf, type AttentionSources, type Trial } from './attention.ts';
import { verdictOf } from './verdict.ts';

const at = '2026-11-23T17:00:00.000Z';
const later = '2026-11-23T17:30:00.000Z';
const wellStore: AttentionSources['store'] = { state: 'ok', kind: 'memory', since: null, reason: '', lost: [] };

function aBreaker(change: Partial<BreakerView> = {}): BreakerView {
  return {
    id: 'b',
    name: 'database',
    state: 'closed',
    circuit: 'closed',
    override: null,
    since: at,
    reason: '',
    ...change,
  } as BreakerView;
}

function aService(change: Partial<ServiceView> = {}): ServiceView {
  return { id: 's', name: 'database', state: 'up', since: at, reason: '', ...change } as ServiceView;
}

function anIncident(change: Partial<IncidentView> = {}): IncidentView {
  const member = { breaker: 'b', closed_at: at };
  return {
    number: 3,
    state: 'triggered',
    title: 'database blocked calls',
    acknowledged_by: null,
    opened_at: at,
    members: [member],
    ...change,
  } as IncidentView;
}

function aDrill(change: Partial<FaultView> = {}): FaultView {
  return { id: 'd', target: 'drill', actor: 'Ana', started_at: at, ends_at: later, ...change } as FaultView;
}

function aTrial(change: Partial<Trial> = {}): Trial {
  return { revision: 4, saved_at: at, auto_revert_at: later, author_name: 'Ana', ...change };
}

function sources(change: Partial<AttentionSources> = {}): AttentionSources {
  const nothing = { services: [], unreadable: [], incidents: [], faults: [], trials: [] };
  return { breakers: [aBreaker()], ...nothing, store: wellStore, ...change };
}

test('a service that is down needs a person although all breakers are closed', () => {
  const attention = attentionOf(sources({ services: [aService({ state: 'down', reason: 'killed' })] }));

  assert.deepEqual(
    attention.map(({ kind, tone, target, text }) => [kind, tone, target, text]),
    [['service', 'bad', 's', 'The service database is down: killed.']],
  );
  assert.deepEqual(verdictOf(attention, 1), { tone: 'bad', text: 'The service database is down: killed.' });
});

test('an unacknowledged incident needs a person, also after its breakers have closed', () => {
  const attention = attentionOf(sources({ incidents: [anIncident()] }));

  assert.deepEqual(verdictOf(attention, 1), {
    tone: 'warning',
    text: 'Incident 3 is not acknowledged: database blocked calls. Its breakers are closed again.',
  });
  const acknowledged = anIncident({ state: 'acknowledged', acknowledged_by: 'Ben' });
  assert.equal(verdictOf(attentionOf(sources({ incidents: [acknowledged] })), 1).tone, 'good');
});

test('an isolation shows who, why and when it ends', () => {
  const override = { mode: 'isolated', actor: 'Ana', reason: 'failing over', since: at, ends_at: later } as const;
  const [item] = attentionOf(sources({ breakers: [aBreaker({ state: 'open', override })] }));

  assert.deepEqual(
    [item?.kind, item?.text, item?.ends_at],
    ['isolated', 'Ana has isolated database: failing over.', later],
  );
  assert.equal(verdictOf(item === undefined ? [] : [item], 2).text, 'An operator has isolated the database.');
});

test('temporary settings are listed with their end and raise no alarm', () => {
  const attention = attentionOf(sources({ trials: [aTrial()] }));

  assert.deepEqual(
    attention.map(({ kind, tone, ends_at: endsAt }) => [kind, tone, endsAt]),
    [['trial', 'info', later]],
  );
  assert.deepEqual(verdictOf(attention, 1), {
    tone: 'good',
    text: 'The one breaker is closed: calls flow. Ana is trying the settings of revision 4. They are reverted automatically.',
  });
});

test('in any state, everything unwell is listed once, nothing else is, and the verdict agrees', () => {
  const random = seededRandom(12);
  const pick = <T>(values: readonly [T, ...T[]]): T => values[Math.floor(random() * values.length)] ?? values[0];
  const many = <T>(most: number, make: (id: string) => T): T[] =>
    Array.from({ length: Math.floor(random() * (most + 1)) }, (_, place) => make(String(place)));
  for (let round = 0; round < 2_000; round += 1) {
    const facts: AttentionSources = {
      breakers: many(4, (id) => {
        const mode = pick([null, null, null, 'isolated', 'held_closed'] as const);
        const override =
          mode === null ? null : ({ mode, actor: 'Ana', reason: 'moved', since: at, ends_at: later } as const);
        const circuit = pick(['closed', 'closed', 'open', 'half-open'] as const);
        const state = mode === 'isolated' ? 'open' : mode === 'held_closed' ? 'closed' : circuit;
        return aBreaker({ id: `b${id}`, name: `breaker ${id}`, state, circuit, override });
      }),
      services: many(3, (id) =>
        aService({
          id: `s${id}`,
          name: `service ${id}`,
          state: pick(['up', 'up', 'idle', 'constructor', 'down', 'draining', 'stopped']),
        }),
      ),
      unreadable: many(1, (id) => ({ id: `u${id}`, name: `retry ${id}` })),
      incidents: many(2, (id) =>
        anIncident({ number: Number(id) + 1, state: pick(['triggered', 'acknowledged'] as const) }),
      ),
      faults: many(1, (id) => aDrill({ id: `d${id}` })),
      trials: many(1, (id) => aTrial({ revision: Number(id) + 10 })),
      store: { ...wellStore, state: pick(['ok', 'ok', 'failing'] as const) },
    };
    const attention = attentionOf(facts);

    const unwell = facts.breakers.filter(({ state, override }) => state !== 'closed' || override !== null);
    const down = facts.services.filter(({ state }) => ['down', 'draining', 'stopped'].includes(state));
    assert.deepEqual(
      attention.map(({ target }) => target).toSorted(),
      [
        ...unwell.map(({ id }) => id),
        ...down.map(({ id }) => id),
        ...facts.unreadable.map(({ id }) => id),
        ...facts.incidents.map(({ number }) => String(number)),
        ...facts.faults.map(({ id }) => id),
        ...facts.trials.map(({ revision }) => String(revision)),
        ...(facts.store.state === 'failing' ? [''] : []),
      ].toSorted(),
    );
    const tones = attention.map(({ tone }) => ['bad', 'warning', 'info'].indexOf(tone));
    assert.deepEqual(
      tones,
      tones.toSorted((one, other) => one - other),
      'the most urgent first',
    );
    const verdict = verdictOf(attention, facts.breakers.length);
    const worst = attention[0]?.tone ?? 'info';
    assert.equal(verdict.tone, worst === 'info' ? 'good' : worst);
    // It never says that all is well while something is not.
    if (worst !== 'info') assert.doesNotMatch(verdict.text, /calls flow|no breakers yet/);
    for (const { text } of attention) assert.match(text, /\.$/);
  }
});
