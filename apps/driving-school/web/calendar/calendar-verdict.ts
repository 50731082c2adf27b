/** The verdict of the rules on a place in the calendar, before it is sent. The same rules as the server's, on the same facts. */
import { conflictsOf } from '../../contract/booking/claims.ts';
import { judge } from '../../contract/booking/judge.ts';
import type { BookingWorld, Claim, Proposal, VehicleFacts } from '../../contract/booking/world.ts';
import type { Refusal } from '../../contract/rules.ts';
import { clockTextAt } from './calendar-text.ts';

/** The verdict on a proposal. `text` is a sentence or part of one, without the time. */
export interface Verdict {
  /**
   * `free`: may be booked. `soft`: only with a reason for each refusal. `refused`: not at all. `unknown`: the page lacks
   * facts, so the server decides.
   */
  readonly kind: 'free' | 'soft' | 'refused' | 'unknown';
  readonly text: string;
  /** Rules that refuse or advise. */
  readonly refusals: readonly Refusal[];
  /** Periods that the proposal overlaps, in sentences. */
  readonly conflicts: readonly string[];
}

/** The verdict on a time that the clock skips. */
export const noSuchTime: Verdict = {
  kind: 'refused',
  text: 'The clock skips this hour.',
  refusals: [],
  conflicts: [],
};

/** Judges a proposal. @param zone in which times are shown */
export function verdictOf(proposal: Proposal, world: BookingWorld, zone: string): Verdict {
  let refusals: readonly Refusal[];
  try {
    refusals = judge(proposal, world);
  } catch (error) {
    // A record that is newer than the facts of this page.
    if (error instanceof RangeError)
      return { kind: 'unknown', text: 'checked when saved', refusals: [], conflicts: [] };
    throw error;
  }
  // People first: a car can be changed.
  const overlaps = conflictsOf(proposal, world).toSorted((a, b) => weightOf(a) - weightOf(b));
  const conflicts = [...new Set(overlaps.map((claim) => conflictText(claim, world, zone)))];
  const hard = refusals.filter(({ kind }) => kind === 'hard');
  const soft = refusals.filter(({ kind }) => kind === 'soft');
  // Lessons often follow each other closely: the dialogs say so, and each step of a move need not.
  const [advice] = refusals.filter(({ kind, rule }) => kind === 'advice' && rule !== 'tight_travel');
  const kind = conflicts.length > 0 || hard.length > 0 ? 'refused' : soft.length > 0 ? 'soft' : 'free';
  const text = conflicts[0] ?? hard[0]?.message ?? soft[0]?.message ?? advice?.message ?? 'Free';
  return { kind, text, refusals, conflicts };
}

function weightOf({ resource_kind: kind }: Claim): number {
  return (['instructor', 'student', 'vehicle', 'room'] as const).indexOf(kind);
}

const sources: Readonly<Record<Claim['source_kind'], string>> = {
  lesson: 'a lesson',
  road_test: 'a road test',
  class_session: 'a class',
  time_off: 'time off',
  outage: 'an outage',
};

function conflictText(claim: Claim, world: BookingWorld, zone: string): string {
  const records = { instructor: world.instructors, vehicle: world.vehicles, student: world.students, room: [] };
  const name = records[claim.resource_kind].find(({ id }) => id === claim.resource_id)?.name ?? 'Someone';
  const to = clockTextAt(claim.to, zone);
  const isBuffered =
    claim.resource_kind !== 'student' && (claim.source_kind === 'lesson' || claim.source_kind === 'road_test');
  return `${name} has ${sources[claim.source_kind]} until ${to}${isBuffered ? ', buffer included' : ''}.`;
}

/** A car for a proposal: the first that is free and legal, those in `preferred` before others. Undefined when there is none. */
export function freeVehicle(
  proposal: Proposal,
  world: BookingWorld,
  preferred: readonly (string | null)[] = [],
): VehicleFacts | undefined {
  const rank = ({ id }: VehicleFacts): number => {
    const place = preferred.indexOf(id);
    return place === -1 ? preferred.length : place;
  };
  return world.vehicles
    .filter(isInUse)
    .toSorted((a, b) => rank(a) - rank(b))
    .find((vehicle) => {
      const { kind, refusals } = verdictOfVehicle(proposal, vehicle, world);
      return kind === 'free' && refusals.length === 0;
    });
}

/** Whether a car can be chosen for a proposal, whatever other reasons there are against the proposal. */
export function verdictOfVehicle(proposal: Proposal, vehicle: VehicleFacts, world: BookingWorld): Verdict {
  const withVehicle = verdictOf({ ...proposal, vehicle_id: vehicle.id }, world, 'UTC');
  const without = verdictOf({ ...proposal, vehicle_id: null }, world, 'UTC');
  const refusals = withVehicle.refusals.filter(({ rule }) => !without.refusals.some((other) => other.rule === rule));
  const conflicts = withVehicle.conflicts.filter((text) => !without.conflicts.includes(text));
  const isFree = conflicts.length === 0 && refusals.every(({ kind }) => kind === 'advice');
  return {
    kind: isFree ? 'free' : 'refused',
    text: conflicts[0] ?? refusals[0]?.message ?? 'Free',
    refusals,
    conflicts,
  };
}

/** The server sends the status of cars as well; an archived one is not offered. */
function isInUse(vehicle: VehicleFacts & { readonly status?: string }): boolean {
  return vehicle.status !== 'archived';
}
