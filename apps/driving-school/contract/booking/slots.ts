import { type FoundVehicle, type Obstacle, SlotGrid, type SlotRequest } from './slot-grid.ts';
import { resultOf, type Steps } from './steps.ts';
import type { BookingWorld, Claim, InstructorFacts, Proposal, VehicleFacts } from './world.ts';

export type { SlotRequest } from './slot-grid.ts';

/** A start that can be booked with an instructor. */
export interface Slot extends Pick<Proposal, 'instructor_id' | 'vehicle_id' | 'location_id' | 'starts_at' | 'ends_at'> {
  /** The wall time of the start at the location, such as `2026-03-09T09:00`. */
  readonly local_start: string;
  /** How well the slot suits; see `findSlots`. */
  readonly score: number;
}

/** Why an instructor has no slot. */
export interface RefusedInstructor extends Obstacle {
  readonly instructor_id: string;
}

/** The answer of a search. */
export interface SlotSearch {
  /** The best slots, best first. */
  readonly slots: readonly Slot[];
  /** The number of all slots. */
  readonly total: number;
  /** Each instructor of the request without any slot. */
  readonly refused: readonly RefusedInstructor[];
}

/** Points of a slot with the student's own instructor. */
const assignedPoints = 4_000;
/** Points of a slot next to a lesson in the student's area. */
const areaPoints = 2_000;
/** Points of a slot without idle time before or after another booking of the instructor; each idle minute takes one. */
const adjoiningPoints = 960;
/** Points lost with a car that the instructor doesn't teach with, which is advised against. */
const mismatchPoints = 10_000;

const minuteMs = 60_000;
/** Bookings that fill an instructor's day; time off does not. */
const workSources = new Set<Claim['source_kind']>(['lesson', 'road_test', 'class_session']);

/**
 * Finds every quarter hour at which the lesson can be booked: no rule refuses it, neither a hard nor a soft one, and
 * student, instructor and car are free. One slot per start and instructor, with the car that suits best: the one that the
 * instructor uses that day, then one that nobody else uses.
 *
 * The score, the higher the better: 4,000 for the student's own instructor, 2,000 when the lesson before or after it that
 * day is with a student of the same area, and up to 960 for little idle time next to another booking of the instructor
 * that day (960 minus the minutes between them, 0 on an otherwise empty day). A car that the instructor doesn't teach
 * with costs 10,000. Of equal scores, the earlier slot comes first, then the order of the instructors in the request.
 *
 * @param limit the maximum number of slots; default: all
 * @throws RangeError when the world lacks a record that the request names
 */
export function findSlots(world: BookingWorld, request: SlotRequest, options: { limit?: number } = {}): SlotSearch {
  return resultOf(slotSteps(world, request, options));
}

/** The same as `findSlots` in short steps: the weeks of a large school take long. */
export function* slotSteps(
  world: BookingWorld,
  request: SlotRequest,
  { limit }: { limit?: number } = {},
): Steps<SlotSearch> {
  const grid = new SlotGrid(world, request);
  yield;
  const bookings = new Bookings(world, grid);
  const refused: RefusedInstructor[] = [];
  let best: readonly RankedSlot[] = [];
  let total = 0;
  for (const [order, instructor] of grid.instructors.entries()) {
    const own: RankedSlot[] = [];
    for (const [dayIndex, day] of grid.days.entries()) {
      yield;
      if (!grid.isWorkingDay(dayIndex, instructor)) continue;
      const near = bookings.near(instructor, grid.startOf(day.first), grid.startOf(day.end));
      let vehicles: readonly number[] | undefined;
      for (let index = day.first; index < day.end; index += 1) {
        if (!grid.isOpen(index, instructor)) continue;
        vehicles ??= grid.vehicleOrder((vehicle) => badness(vehicle, instructor, bookings, near));
        const vehicle = grid.vehicleAt(index, vehicles);
        if (vehicle === undefined) continue;
        const proposal = grid.proposalAt(index, instructor.id, vehicle.vehicle_id);
        own.push({
          starts_at: proposal.starts_at,
          ends_at: proposal.ends_at,
          index,
          instructor_id: instructor.id,
          vehicle_id: vehicle.vehicle_id,
          location_id: proposal.location_id,
          score: scoreOf(proposal, grid, instructor, vehicle, near),
          order,
        });
      }
    }
    if (own.length === 0) {
      const all = function* () {
        for (const { first, end } of grid.days) for (let index = first; index < end; index += 1) yield index;
      };
      refused.push({ instructor_id: instructor.id, ...grid.explain(all(), instructor) });
    }
    total += own.length;
    best = merged(best, own.toSorted(byRank), limit);
  }
  const slots = best.map(({ starts_at, ends_at, instructor_id, vehicle_id, location_id, score, index }): Slot => ({
    starts_at,
    ends_at,
    local_start: grid.localStartOf(index),
    instructor_id,
    vehicle_id,
    location_id,
    score,
  }));
  return { slots, total, refused };
}

interface RankedSlot extends Omit<Slot, 'local_start'> {
  /** Its position in the grid. */
  readonly index: number;
  /** The position of its instructor in the request. */
  readonly order: number;
}

function byRank(a: RankedSlot, b: RankedSlot): number {
  return b.score - a.score || a.starts_at - b.starts_at || a.order - b.order;
}

/** Merges sorted slots. Sorting all of them at the end would be one long step. */
function merged(one: readonly RankedSlot[], other: readonly RankedSlot[], limit = Infinity): readonly RankedSlot[] {
  const slots: RankedSlot[] = [];
  for (let [at, beside] = [0, 0]; slots.length < limit;) {
    const [first, second] = [one[at], other[beside]];
    const next = second === undefined || (first !== undefined && byRank(first, second) <= 0) ? first : second;
    if (next === undefined) break;
    if (next === first) at += 1;
    else beside += 1;
    slots.push(next);
  }
  return slots;
}

/** A booking of an instructor, with the area of its student and its vehicle. */
interface Booking {
  readonly from: number;
  readonly to: number;
  readonly area: string | null;
  readonly vehicle_id: string | undefined;
}

/** The bookings of instructors, and who uses which vehicle on a day. */
class Bookings {
  readonly #grid: SlotGrid;
  readonly #areas = new Map<string, string | null>();
  readonly #vehicles = new Map<string, string>();
  readonly #byInstructor = new Map<string, readonly Booking[]>();
  readonly #users = new Map<string, { readonly from: number; readonly instructor_id: string }[]>();

  constructor(world: BookingWorld, grid: SlotGrid) {
    this.#grid = grid;
    const areas = new Map(world.students.map(({ id, area }) => [id, area]));
    const vehicleClaims = world.claims.filter(({ resource_kind }) => resource_kind === 'vehicle');
    for (const { source_id, resource_id } of vehicleClaims) this.#vehicles.set(source_id, resource_id);
    for (const { resource_kind, resource_id, source_id, from } of world.claims) {
      if (resource_kind === 'student') this.#areas.set(source_id, areas.get(resource_id) ?? null);
      const vehicle = resource_kind === 'instructor' ? this.#vehicles.get(source_id) : undefined;
      if (vehicle === undefined) continue;
      const users = this.#users.get(vehicle) ?? [];
      users.push({ from, instructor_id: resource_id });
      this.#users.set(vehicle, users);
    }
    for (const users of this.#users.values()) users.sort((a, b) => a.from - b.from);
  }

  /** The bookings of an instructor between two instants, the earliest first. */
  near({ id }: InstructorFacts, from: number, to: number): readonly Booking[] {
    let all = this.#byInstructor.get(id);
    if (all === undefined) {
      all = this.#grid
        .claimsOf(id)
        .filter(({ source_kind }) => workSources.has(source_kind))
        .map((claim) => ({
          from: claim.from,
          to: claim.to,
          area: this.#areas.get(claim.source_id) ?? null,
          vehicle_id: this.#vehicles.get(claim.source_id),
        }));
      this.#byInstructor.set(id, all);
    }
    return all.filter((booking) => booking.from < to && from < booking.to);
  }

  /** Whether another instructor uses a vehicle at some time of a day. */
  isUsedByOthers(vehicleId: string, instructorId: string, near: readonly Booking[]): boolean {
    const day = near[0]?.from;
    const users = this.#users.get(vehicleId) ?? [];
    if (day === undefined) return users.some(({ instructor_id }) => instructor_id !== instructorId);
    const [from, to] = [day - 720 * minuteMs, day + 720 * minuteMs];
    // Sorted by time: of weeks, only those of the day are compared.
    for (let at = firstAfter(users, from); at < users.length; at += 1) {
      const user = users[at];
      if (user === undefined || user.from >= to) return false;
      if (user.instructor_id !== instructorId) return true;
    }
    return false;
  }
}

/** The position of the first one later than an instant. @param sorted by time */
function firstAfter(sorted: readonly { readonly from: number }[], instant: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle]?.from ?? Infinity) > instant) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Sorts vehicles for an instructor's day. */
function badness(
  vehicle: VehicleFacts,
  instructor: InstructorFacts,
  bookings: Bookings,
  near: readonly Booking[],
): number {
  const isMismatched = instructor.transmissions !== 'both' && vehicle.transmission !== instructor.transmissions;
  const isOwn = near.some(({ vehicle_id }) => vehicle_id === vehicle.id);
  return (
    (isMismatched ? 8 : 0) +
    (isOwn ? 0 : 4) +
    (vehicle.dual_brake ? 0 : 2) +
    (!isOwn && bookings.isUsedByOthers(vehicle.id, instructor.id, near) ? 1 : 0)
  );
}

function scoreOf(
  { starts_at, ends_at, buffer_after_minutes }: Proposal,
  { student }: SlotGrid,
  instructor: InstructorFacts,
  { facts: vehicle }: FoundVehicle,
  near: readonly Booking[],
): number {
  const ends = ends_at + buffer_after_minutes * minuteMs;
  const previous = near.findLast(({ to }) => to <= starts_at);
  const next = near.find(({ from }) => from >= ends);
  const idle = Math.min(
    previous === undefined ? Infinity : starts_at - previous.to,
    next === undefined ? Infinity : next.from - ends,
  );
  const isNearby = student.area !== null && (previous?.area === student.area || next?.area === student.area);
  const isMismatched =
    vehicle !== undefined && instructor.transmissions !== 'both' && vehicle.transmission !== instructor.transmissions;
  return (
    (student.instructor_id === instructor.id ? assignedPoints : 0) +
    (isNearby ? areaPoints : 0) +
    Math.max(0, adjoiningPoints - idle / minuteMs) -
    (isMismatched ? mismatchPoints : 0)
  );
}
