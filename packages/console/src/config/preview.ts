import type { Registry } from 'dualbrake';
import { replay, type Measurement, type ReplayResult } from 'dualbrake/measurement';
import type { PreviewView, SettingsPatch } from '../contract.ts';
import { listMembers, ofKind } from '../views/listed.ts';
import { snakeCased } from '../views/snake-case.ts';
import type { SettingsBook } from './settings-book.ts';
import { isoOf } from '../wall-time.ts';

/** How much of the past is replayed, in milliseconds. */
const PREVIEW_MS = 60 * 60_000;

/** Replays the last hour with changed settings, for each breaker that they change. @param patch must be valid */
export function previewsOf(
  patch: SettingsPatch,
  book: SettingsBook,
  registry: Registry,
  measurement: Measurement,
  wallNow: number,
): PreviewView[] {
  const records = measurement.breakers();
  const breakers = new Map(ofKind(listMembers(registry), 'circuit-breaker').map(({ member }) => [member.id, member]));
  const now = registry.clock.now();
  return Object.entries(patch).flatMap(([id, settings]) => {
    const member = breakers.get(id);
    const log = records.get(id)?.log;
    const known = book.members().get(id);
    if (member === undefined || log === undefined || known === undefined) return [];
    const { window } = member.report;
    const from = Math.max(now - PREVIEW_MS, log.since);
    const outcomes = [...log.from(from)];
    const proposed = { ...member.settings };
    for (const [name, value] of Object.entries(settings)) proposed[name] = value ?? known.code[name] ?? 0;
    const active = replay(outcomes, { window, settings: member.settings });
    const wanted = replay(outcomes, { window, settings: proposed });
    return [
      {
        breaker: id,
        from: isoOf(wallNow - (now - from)),
        to: isoOf(wallNow),
        complete: now - from >= PREVIEW_MS - 1,
        calls: active.calls,
        assumed: active.assumed,
        active: replayView(active),
        proposed: replayView(wanted),
        text: summary(active, wanted, now - from),
      },
    ];
  });
}

function replayView({ calls: _calls, assumed: _assumed, ...result }: ReplayResult): PreviewView['active'] {
  return snakeCased(result);
}

function summary(active: ReplayResult, proposed: ReplayResult, coveredMs: number): string {
  const span = `the last ${Math.max(1, Math.round(coveredMs / 60_000))} min`;
  if (active.calls === 0) return `No calls in ${span}, so there is nothing to estimate.`;
  const more = proposed.failuresLetThrough - active.failuresLetThrough;
  const failures =
    more === 0
      ? 'the same number of failures let through'
      : `${Math.abs(more)} ${more > 0 ? 'more' : 'fewer'} failures let through`;
  return (
    `In ${span} it would have opened ${times(proposed.openings)} instead of ${times(active.openings)} and ` +
    `blocked ${proposed.refused} calls instead of ${active.refused}, with ${failures} (estimate).`
  );
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
