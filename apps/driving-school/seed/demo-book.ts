import { addDays, addYears, ageInYears, type CalendarDay } from '../contract/parsers.ts';
import { dayBounds, localTime, wallMinute, weekdayOf } from '../contract/local-time.ts';
import { EventLoopYielder } from '../server/platform/event-loop-yielder.ts';
import type { NewStudent } from '../server/students/students.ts';
import { demoId } from './demo-id.ts';
import { dayParts, demoBufferMinutes } from './demo-lesson-days.ts';
import { daysSinceStart, type DemoScale } from './demo-sizes.ts';
import { type Draws, drawsBy } from './draws.ts';

/** Rows of the tables of the book, ready to insert. Instants are milliseconds since 1970. */
export interface DemoBook {
  readonly locations: readonly DemoLocation[];
  readonly instructors: readonly DemoInstructorRecord[];
  readonly hours: readonly DemoHours[];
  readonly vehicles: readonly DemoVehicle[];
  readonly enrolments: readonly DemoEnrolment[];
  readonly guardians: readonly DemoGuardian[];
  readonly lessons: readonly DemoLesson[];
  readonly timeOff: readonly DemoAway[];
  readonly outages: readonly DemoAway[];
}

export interface DemoLocation {
  readonly id: string;
  readonly name: string;
  readonly time_zone: string;
  readonly street: string;
  readonly city: string;
  readonly postal_code: string;
  readonly phone: string;
}
export interface DemoInstructorRecord {
  readonly id: string;
  readonly licence_number: string;
  readonly licence_expires_on: CalendarDay;
  readonly phone: string;
  readonly contract_from: CalendarDay;
  readonly transmissions: 'automatic' | 'both';
}
export interface DemoHours {
  readonly instructor_id: string;
  readonly weekday: number;
  readonly from: number;
  readonly to: number;
}
export interface DemoVehicle {
  readonly id: string;
  readonly location_id: string;
  readonly plate: string;
  readonly description: string;
  readonly transmission: 'automatic' | 'manual';
  readonly insurance_expires_on: CalendarDay;
  readonly registration_expires_on: CalendarDay;
  readonly safety_expires_on: CalendarDay | null;
}
export interface DemoEnrolment {
  readonly id: string;
  readonly student_id: string;
  readonly course_started_on: CalendarDay;
  readonly deadline_on: CalendarDay;
  readonly status: 'active' | 'complete';
}
export interface DemoGuardian {
  readonly id: string;
  readonly student_id: string;
  readonly name: string;
  readonly phone: string;
  readonly email: string | null;
  readonly relation: string;
}
export interface DemoLesson {
  readonly id: string;
  readonly short_code: string;
  readonly student_id: string;
  readonly enrolment_id: string | null;
  readonly instructor_id: string;
  readonly vehicle_id: string;
  readonly location_id: string;
  readonly type: 'bde_in_vehicle' | 'private' | 'road_test';
  readonly starts_at: number;
  readonly ends_at: number;
  readonly time_zone: string;
  readonly local_date: CalendarDay;
  readonly buffer_after_minutes: number;
  readonly relay_next_id: string | null;
  readonly status: 'booked' | 'cancelled' | 'done' | 'no_show';
  readonly status_reason: string | null;
  readonly pickup: string | null;
  readonly reference_number: string | null;
  readonly cancel_by: number | null;
  readonly overrides: readonly { readonly rule: string; readonly reason: string }[];
}
/** Time off of an instructor, or an outage of a car. */
export interface DemoAway {
  readonly id: string;
  readonly resource_id: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

export interface DemoBookOptions {
  readonly seed: number;
  readonly schoolId: string;
  readonly scale: DemoScale;
  /** The day and the instant of the demo, in milliseconds. */
  readonly today: CalendarDay;
  readonly now: number;
  readonly instructors: readonly { readonly id: string; readonly name: string }[];
  readonly students: readonly NewStudent[];
  /** Days without lessons. */
  readonly closedDays?: ReadonlySet<CalendarDay>;
}

const toronto = 'America/Toronto';
const hourMs = 3_600_000;

/**
 * Creates the book of the fictional school: branches in three time zones, cars, working hours, courses, guardians, and
 * lessons that keep every rule, except where an awkward case needs the opposite; see `awkwardCases`.
 */
export function demoBook(options: DemoBookOptions): Promise<DemoBook> {
  return new BookMaker(options).make();
}

interface Pupil {
  readonly id: string;
  readonly enrolment: DemoEnrolment | undefined;
  readonly pickup: string | null;
  readonly lessonsMax: number;
  /** Days on which age, licence and course allow lessons, both included. */
  readonly from: CalendarDay;
  readonly until: CalendarDay;
  readonly licenceUntil: CalendarDay;
  /** Has a lesson every second day instead of every fourth. */
  readonly isHurried: boolean;
  lessons: number;
  lastDay: CalendarDay;
}

/** The students of an instructor, in line for lessons. Days must be asked for in order. */
class PupilLine {
  /** Those whose first day is still to come, the last one first. */
  readonly #coming: PlacedPupil[];
  /** In their order, without those who have finished for good. */
  #waiting: PlacedPupil[] = [];
  #yesterday: CalendarDay = '';
  #recently: CalendarDay = '';
  #position = 0;

  constructor(pupils: readonly Pupil[]) {
    this.#coming = pupils
      .map((pupil, place) => ({ pupil, place }))
      .toSorted((one, other) => (one.pupil.from < other.pupil.from ? 1 : -1));
  }

  beginDay(day: CalendarDay, { yesterday, recently }: DaysBefore): void {
    this.#yesterday = yesterday;
    this.#recently = recently;
    this.#position = 0;
    this.#waiting = this.#waiting.filter(({ pupil }) => pupil.lessons < pupil.lessonsMax && day <= pupil.until);
    let last = this.#coming.at(-1);
    if (last === undefined || last.pupil.from > day) return;
    for (; last !== undefined && last.pupil.from <= day; last = this.#coming.at(-1)) {
      this.#coming.pop();
      if (day <= last.pupil.until) this.#waiting.push(last);
    }
    this.#waiting.sort((one, other) => one.place - other.place);
  }

  /** The first student who may have a lesson on the day: the same one until it has been given. */
  next(): Pupil | undefined {
    // Those who were passed over can't have one later on the same day.
    for (; this.#position < this.#waiting.length; this.#position += 1) {
      const pupil = this.#waiting[this.#position]?.pupil;
      if (pupil !== undefined && pupil.lastDay < (pupil.isHurried ? this.#yesterday : this.#recently)) return pupil;
    }
    return undefined;
  }
}

/** Students who had a lesson since can't have the next one yet. */
interface DaysBefore {
  readonly yesterday: CalendarDay;
  readonly recently: CalendarDay;
}

interface PlacedPupil {
  readonly pupil: Pupil;
  /** In the line. */
  readonly place: number;
}

class BookMaker {
  readonly #options: DemoBookOptions;
  readonly #random: Draws;
  readonly #locations: readonly DemoLocation[];
  readonly #records: readonly DemoInstructorRecord[];
  readonly #vehicles: DemoVehicle[] = [];
  readonly #hours: DemoHours[] = [];
  /** By instructor and weekday. */
  readonly #hoursOf = new Map<string, DemoHours>();
  /** The bounds of a day, by zone and day. */
  readonly #bounds = new Map<string, ReturnType<typeof dayBounds>>();
  readonly #enrolments = new Map<string, DemoEnrolment>();
  readonly #lessons: DemoLesson[] = [];
  /** The student whose course ends soon. */
  #hurried: Pupil | undefined;
  readonly #timeOff: DemoAway[] = [];
  readonly #outages: DemoAway[] = [];

  constructor(options: DemoBookOptions) {
    this.#options = options;
    // Its own sequence, so that the students stay the same whatever is added here.
    this.#random = drawsBy(options.seed + 1);
    this.#locations = this.#makeLocations();
    this.#records = this.#makeInstructors();
  }

  async make(): Promise<DemoBook> {
    this.#makeVehicles();
    this.#makeHours();
    const pupils = this.#makePupils();
    await this.#makeLessons(pupils);
    this.#awkwardCases(pupils);
    return {
      locations: this.#locations,
      instructors: this.#records,
      hours: this.#hours,
      vehicles: this.#vehicles,
      enrolments: [...this.#enrolments.values()],
      guardians: this.#guardians(),
      lessons: this.#lessons,
      timeOff: this.#timeOff,
      outages: this.#outages,
    };
  }

  #id(kind: string, index: number): string {
    const { seed, schoolId, today } = this.#options;
    return demoId(`${seed} ${schoolId} ${kind} ${index}`, today, index % 86_000_000);
  }

  #makeLocations(): DemoLocation[] {
    const at = (index: number, name: string, time_zone: string, city: string, areaCode: string): DemoLocation => ({
      id: this.#id('location', index),
      name,
      time_zone,
      street: `${10 + index} Example Street`,
      city,
      postal_code: 'M0M 0M0',
      phone: `+1${areaCode}5550${150 + index}`,
    });
    return [
      at(0, 'Toronto', toronto, 'Toronto', '416'),
      at(1, 'Kenora', 'America/Winnipeg', 'Kenora', '807'),
      at(2, 'Atikokan', 'America/Atikokan', 'Atikokan', '807'),
    ];
  }

  /** The branch of an instructor: the last two work in the north. */
  #locationOf(instructor: number): DemoLocation {
    const { instructors } = this.#options;
    const index = instructor === instructors.length - 1 ? 2 : instructor === instructors.length - 2 ? 1 : 0;
    const location = this.#locations[index];
    if (location === undefined) throw new Error('There are three locations.');
    return location;
  }

  #makeVehicles(): void {
    const { scale, today } = this.#options;
    const models = ['grey Corolla', 'white Civic', 'blue Elantra', 'red Mazda 3', 'silver Yaris'];
    for (let index = 0; index < scale.cars; index += 1) {
      // The insurance of the last car has lapsed.
      const isLapsed = index === scale.cars - 1;
      this.#vehicles.push({
        id: this.#id('vehicle', index),
        location_id: (this.#locations[0] as DemoLocation).id,
        plate: `DEMO ${String(index + 1).padStart(3, '0')}`,
        description: models[index % models.length] ?? '',
        transmission: index % 6 === 4 ? 'manual' : 'automatic',
        // The first car is good for almost a year: it has lessons on the day on which the clock changes.
        insurance_expires_on: addDays(today, isLapsed ? -3 : index === 0 ? 350 : 40 + 29 * (index % 11)),
        registration_expires_on: addDays(today, index === 0 ? 355 : 75 + 31 * (index % 17)),
        safety_expires_on: index % 2 === 1 ? addDays(today, 100 + 17 * (index % 13)) : null,
      });
    }
  }

  #makeInstructors(): DemoInstructorRecord[] {
    const { today, instructors } = this.#options;
    const march = `${today.slice(0, 4)}-03-31`;
    return instructors.map(({ id }, index) => {
      // Instructors' licences end on 31 March, every third year. One ends on the next.
      const next = march >= today ? march : addYears(march, 1);
      return {
        id,
        licence_number: `DI-${String(100_200 + index * 37)}`,
        licence_expires_on: index === 1 ? next : addYears(next, 1 + (index % 2)),
        phone: `+1416555${String(160 + (index % 40)).padStart(4, '0')}`,
        contract_from: addYears(addDays(today, -40 * index), -7),
        transmissions: index % 4 === 3 ? 'both' : index % 5 === 4 ? 'both' : 'automatic',
      };
    });
  }

  /** Five days a week each; car and days of the ones without a car of their own fit the free days of the others. */
  #makeHours(): void {
    const { today, instructors } = this.#options;
    const todaysWeekday = weekdayOf(today);
    instructors.forEach(({ id }, index) => {
      const off = [1 + ((index * 2) % 7), 1 + ((index * 2 + 1) % 7)];
      const isLate = index % 4 === 2;
      for (let weekday = 1; weekday <= 7; weekday += 1) {
        // The first instructor works today, so that there is a full day to look at.
        if (off.includes(weekday) && !(index === 0 && weekday === todaysWeekday)) continue;
        const hours = { instructor_id: id, weekday, from: isLate ? 720 : 540, to: isLate ? 1_230 : 1_080 };
        this.#hours.push(hours);
        this.#hoursOf.set(`${id} ${weekday}`, hours);
      }
    });
  }

  /** The students who have lessons, by instructor. */
  #makePupils(): ReadonlyMap<string, Pupil[]> {
    const { students, instructors, scale, today } = this.#options;
    const weeks = scale.weeksBefore + scale.weeksAfter;
    // Ten lessons a student; an instructor gives about 28 a week.
    const each = Math.ceil((weeks * 28) / 9);
    const byInstructor = new Map<string, Pupil[]>(instructors.map(({ id }) => [id, []]));
    students.forEach(({ id, fields, status }, index) => {
      const { licence_class, licence_issued_on: from, licence_expires_on: to } = fields;
      if (status === 'archived' || licence_class === 'none' || from === null || to === null) return;
      const own = fields.instructor_id ?? instructors[index % instructors.length]?.id;
      const pupils = own === undefined ? undefined : byInstructor.get(own);
      if (pupils === undefined) return;
      const number = pupils.length;
      const begins =
        scale.years === 0
          ? Math.floor((number / each) * weeks * 7) - scale.weeksBefore * 7
          : -daysSinceStart(index, scale);
      const startedOn = addDays(today, Math.min(begins, 0) - 20 - (index % 40));
      const isCourse = licence_class !== 'G';
      const enrolment = isCourse ? this.#enrol(id, index, startedOn, { isOld: begins < -90 }) : undefined;
      const street = fields.address?.street ?? null;
      // The first student of the first instructor with a course stops after seven lessons; see `#awkwardCases`.
      const isHurried = enrolment !== undefined && this.#hurried === undefined && own === instructors[0]?.id;
      const courseEnds = enrolment === undefined ? to : addDays(enrolment.deadline_on, -15);
      pupils.push({
        id,
        enrolment,
        pickup: street !== null && index % 3 !== 0 ? `${street}, ${fields.address?.city ?? ''}` : null,
        lessonsMax: isHurried ? 7 : 10,
        from: latest(from, addYears(fields.birth_date, 16), enrolment?.course_started_on ?? from),
        until: earliest(to, courseEnds, isHurried ? addDays(today, -10) : to),
        licenceUntil: to,
        isHurried,
        lessons: 0,
        lastDay: '0000-00-00',
      });
      const pupil = pupils.at(-1);
      if (isHurried) this.#hurried = pupil;
    });
    return byInstructor;
  }

  #enrol(
    studentId: string,
    index: number,
    startedOn: CalendarDay,
    { isOld }: { readonly isOld: boolean },
  ): DemoEnrolment {
    const enrolment: DemoEnrolment = {
      id: this.#id('enrolment', index),
      student_id: studentId,
      course_started_on: startedOn,
      deadline_on: addDays(addYears(startedOn, 1), -1),
      status: isOld ? 'complete' : 'active',
    };
    this.#enrolments.set(studentId, enrolment);
    return enrolment;
  }

  async #makeLessons(pupils: ReadonlyMap<string, readonly Pupil[]>): Promise<void> {
    const { instructors, scale, today, closedDays } = this.#options;
    const first = addDays(today, -7 * scale.weeksBefore);
    const days = 7 * (scale.weeksBefore + scale.weeksAfter);
    const ownCars = scale.cars - 1;
    const lines = new Map([...pupils].map(([id, line]) => [id, new PupilLine(line)]));
    // A large book takes seconds, during which the program must answer.
    const yielder = new EventLoopYielder();
    for (let offset = 0; offset < days; offset += 1) {
      await yielder.yieldIfDue();
      const day = addDays(first, offset);
      const before = { yesterday: addDays(day, -1), recently: addDays(day, -3) };
      const weekday = weekdayOf(day);
      const takenCars = new Set<number>();
      const working = instructors.flatMap(({ id }, index) => {
        const hours = this.#hoursOf.get(`${id} ${weekday}`);
        const licence = this.#records[index]?.licence_expires_on ?? day;
        return hours === undefined || licence < day ? [] : [{ index, id, hours }];
      });
      for (const { index } of working) if (index < ownCars) takenCars.add(index);
      for (const { index, id, hours } of working) {
        const car = index < ownCars ? index : firstFree(takenCars, ownCars);
        if (car === undefined) continue;
        takenCars.add(car);
        const share = this.#shareOf(day, index);
        const parts = dayParts(this.#random, { from: hours.from, to: hours.to, share });
        if (closedDays?.has(day) === true && day !== today) continue;
        const line = lines.get(id);
        if (line === undefined) continue;
        line.beginDay(day, before);
        this.#makeDay(day, { instructor: index, car, parts, line });
      }
    }
  }

  /** Days to come fill up slowly. Today the first instructor has a full day. */
  #shareOf(day: CalendarDay, instructor: number): number {
    const { today } = this.#options;
    if (day === today && instructor === 0) return 1;
    if (day <= today) return 0.82;
    const weeks = Math.floor((Date.parse(day) - Date.parse(today)) / (7 * 24 * hourMs));
    return [0.78, 0.6, 0.4, 0.2][weeks] ?? 0.1;
  }

  #makeDay(
    day: CalendarDay,
    {
      instructor,
      car,
      parts,
      line,
    }: {
      readonly instructor: number;
      readonly car: number;
      readonly parts: ReturnType<typeof dayParts>;
      readonly line: PupilLine;
    },
  ): void {
    const location = this.#locationOf(instructor);
    const vehicle = this.#vehicles[car];
    const person = this.#options.instructors[instructor];
    if (vehicle === undefined || person === undefined) return;
    // A north branch's working hours are those of its own wall clock.
    for (const { start, minutes, isRelay } of parts) {
      const pupil = line.next();
      const starts_at = this.#instantOf(day, start, location.time_zone);
      if (pupil === undefined || starts_at === undefined) continue;
      pupil.lessons += 1;
      pupil.lastDay = day;
      if (isRelay) this.#relayTo(this.#nextId());
      this.#add({
        pupil,
        instructor_id: person.id,
        vehicle_id: vehicle.id,
        location,
        type: pupil.enrolment === undefined ? 'private' : 'bde_in_vehicle',
        starts_at,
        local_date: day,
        minutes,
      });
    }
  }

  /** The instant of a minute of a day, unless the clock skips or repeats it. */
  #instantOf(day: CalendarDay, minute: number, zone: string): number | undefined {
    const key = `${zone} ${day}`;
    const bounds = this.#bounds.get(key) ?? dayBounds(day, zone);
    this.#bounds.set(key, bounds);
    // On all days but two a year, every hour has 60 minutes.
    if (bounds.to - bounds.from === 24 * hourMs) return bounds.from + minute * 60_000;
    const time = wallMinute(day, minute, zone);
    return time.ok ? time.epochMs : undefined;
  }

  #nextId(): string {
    return this.#id('lesson', this.#lessons.length);
  }

  /** Makes the last lesson lead on to another, without its buffer. */
  #relayTo(nextId: string): void {
    const previous = this.#lessons.pop();
    if (previous === undefined) return;
    const leads = previous.status !== 'cancelled';
    this.#lessons.push(leads ? { ...previous, buffer_after_minutes: 0, relay_next_id: nextId } : previous);
  }

  #add({
    pupil,
    location,
    minutes,
    ...given
  }: {
    readonly pupil: Pick<Pupil, 'id' | 'enrolment' | 'pickup'>;
    readonly instructor_id: string;
    readonly vehicle_id: string;
    readonly location: DemoLocation;
    readonly type: DemoLesson['type'];
    readonly starts_at: number;
    /** Default: the day of the start. */
    readonly local_date?: CalendarDay;
    readonly minutes: number;
    readonly status?: DemoLesson['status'];
    readonly reference_number?: string;
    readonly cancel_by?: number;
    readonly overrides?: DemoLesson['overrides'];
  }): DemoLesson {
    const { now } = this.#options;
    const index = this.#lessons.length;
    const ends_at = given.starts_at + minutes * 60_000;
    const fate = this.#random.below(100);
    const status = given.status ?? (fate < 4 ? 'cancelled' : ends_at > now ? 'booked' : fate < 6 ? 'no_show' : 'done');
    const lesson: DemoLesson = {
      reference_number: null,
      cancel_by: null,
      overrides: [],
      ...given,
      id: this.#nextId(),
      short_code: shortCode(index),
      student_id: pupil.id,
      enrolment_id: given.type === 'bde_in_vehicle' ? (pupil.enrolment?.id ?? null) : null,
      location_id: location.id,
      ends_at,
      time_zone: location.time_zone,
      local_date: given.local_date ?? localTime(given.starts_at, location.time_zone).day,
      buffer_after_minutes: demoBufferMinutes,
      relay_next_id: null,
      status,
      status_reason:
        status === 'cancelled' ? (['student', 'illness', 'weather', 'instructor'][fate % 4] ?? null) : null,
      pickup: pupil.pickup,
    };
    this.#lessons.push(lesson);
    return lesson;
  }

  /** Situations that an office should recognize; each changes or adds a record. */
  #awkwardCases(pupils: ReadonlyMap<string, readonly Pupil[]>): void {
    const { instructors, scale, today, now } = this.#options;
    const [first] = instructors;
    const [car] = this.#vehicles;
    const lapsed = this.#vehicles[scale.cars - 1];
    const location = this.#locations[0];
    if (first === undefined || car === undefined || lapsed === undefined || location === undefined) return;
    const spare = [...pupils.values()]
      .flat()
      .filter(({ lessons, licenceUntil }) => lessons === 0 && licenceUntil > addDays(today, 280));
    // Private lessons late in the evening, when no one else works, can't overlap others.
    const evening = (day: CalendarDay, minute: number): number => {
      const time = wallMinute(day, minute, toronto);
      return time.ok ? time.epochMs : dayBounds(day, toronto).from + minute * 60_000;
    };
    const evenings = {
      instructor_id: first.id,
      vehicle_id: car.id,
      location,
      minutes: 60,
      status: 'booked' as const,
    };
    const reason = [{ rule: 'instructor_hours', reason: 'The student works during the day' }];

    // The car's insurance has lapsed, and it is booked tomorrow.
    if (spare[0] !== undefined) {
      this.#add({
        ...evenings,
        vehicle_id: lapsed.id,
        pupil: spare[0],
        type: 'private',
        starts_at: evening(addDays(today, 1), 1_260),
        overrides: reason,
      });
    }
    // The licence expires two days before the lesson. The student is the fourth of `specialStudents`.
    const expiring = this.#options.students[3];
    if (expiring !== undefined) {
      const pupil = { id: expiring.id, enrolment: undefined, pickup: null };
      this.#add({
        ...evenings,
        pupil,
        type: 'private',
        starts_at: evening(addDays(today, 14), 1_260),
        overrides: reason,
      });
    }
    // Three hours are missing, and the course ends in six days.
    const hurried = this.#hurried;
    if (hurried?.enrolment !== undefined) {
      const deadline_on = addDays(today, 6);
      const course_started_on = addDays(addYears(deadline_on, -1), 1);
      this.#enrolments.set(hurried.id, { ...hurried.enrolment, course_started_on, deadline_on, status: 'active' });
    }
    // Road tests 47 and 49 hours away: one can no longer be cancelled, the other still can.
    [47, 49].forEach((hours, index) => {
      const pupil = spare[1 + index];
      if (pupil === undefined) return;
      const starts_at = Math.floor((now + hours * hourMs) / 900_000) * 900_000;
      const tester = this.#freeAt(starts_at, starts_at + 90 * 60_000);
      if (tester === undefined) return;
      this.#add({
        ...evenings,
        ...tester,
        pupil,
        type: 'road_test',
        starts_at,
        minutes: 90,
        reference_number: `DT-${1_000_042 + index}`,
        cancel_by: starts_at - 48 * hourMs,
        overrides: [{ rule: 'instructor_hours', reason: 'DriveTest sets the time' }],
      });
    });
    // Lessons on the Sunday on which the clock changes next.
    const change = Temporal.Instant.fromEpochMilliseconds(now)
      .toZonedDateTimeISO(toronto)
      .getTimeZoneTransition('next')
      ?.toPlainDate()
      .toString();
    [570, 645].forEach((minute, index) => {
      const pupil = spare[3 + index];
      if (change === undefined || pupil === undefined || change <= addDays(today, 7 * scale.weeksAfter)) return;
      const overrides = [{ rule: 'instructor_hours', reason: 'Only free on Sundays' }];
      this.#add({ ...evenings, pupil, type: 'private', starts_at: evening(change, minute), overrides });
    });
    // A holiday and a repair to come.
    const last = instructors[Math.min(2, instructors.length - 1)];
    const holiday = addDays(today, 7 * scale.weeksAfter + 7);
    if (last !== undefined) {
      this.#timeOff.push({
        id: this.#id('time off', 0),
        resource_id: last.id,
        from: dayBounds(holiday, toronto).from,
        to: dayBounds(addDays(holiday, 6), toronto).to,
        reason: 'Holiday',
      });
    }
    this.#outages.push({
      id: this.#id('outage', 0),
      resource_id: lapsed.id,
      from: evening(addDays(today, 3), 480),
      to: evening(addDays(today, 3), 1_020),
      reason: 'Brake inspection',
    });
  }

  /** An instructor with a car who has nothing around a period. */
  #freeAt(from: number, to: number): { readonly instructor_id: string; readonly vehicle_id: string } | undefined {
    const bufferMs = demoBufferMinutes * 60_000;
    const busy = new Set<string>();
    for (const { status, starts_at, ends_at, instructor_id, vehicle_id } of this.#lessons) {
      if (status === 'cancelled' || starts_at >= to + bufferMs || from >= ends_at + bufferMs) continue;
      busy.add(instructor_id).add(vehicle_id);
    }
    const instructor = this.#options.instructors.find(({ id }) => !busy.has(id));
    const vehicle = this.#vehicles.slice(0, -1).find(({ id }) => !busy.has(id));
    return instructor && vehicle && { instructor_id: instructor.id, vehicle_id: vehicle.id };
  }

  /** Every minor has a guardian, except the first student. */
  #guardians(): DemoGuardian[] {
    const { students, today } = this.#options;
    return students.flatMap(({ id, fields }, index) => {
      if (index === 0 || ageInYears(fields.birth_date, today) >= 18) return [];
      const given = ['Maria', 'Ahmed', 'Chantal', 'Wei', 'Oluwaseun', 'Anna'][index % 6] ?? 'Maria';
      return [
        {
          id: this.#id('guardian', index),
          student_id: id,
          name: `${given} ${fields.legal_family_name}`.slice(0, 100),
          phone: `+1416555${String(100 + (index % 100)).padStart(4, '0')}`,
          email: index % 4 === 0 ? null : `guardian.${index}@example.com`,
          relation: index % 2 === 0 ? 'Mother' : 'Father',
        },
      ];
    });
  }
}

function latest(...days: readonly CalendarDay[]): CalendarDay {
  return days.reduce((one, other) => (one > other ? one : other));
}

function earliest(...days: readonly CalendarDay[]): CalendarDay {
  return days.reduce((one, other) => (one < other ? one : other));
}

function firstFree(taken: ReadonlySet<number>, count: number): number | undefined {
  for (let index = 0; index < count; index += 1) if (!taken.has(index)) return index;
  return undefined;
}

/** Letters and digits that can't be confused when read aloud or typed. */
const codeLetters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';

/** A short code per index: all codes of four characters come once before any comes twice, in no visible order. */
function shortCode(index: number): string {
  const range = 32 ** 4;
  let rest = (index * 700_001 + 12_345) % range;
  let code = '';
  for (let position = 0; position < 4; position += 1) {
    code += codeLetters[rest % 32] ?? '';
    rest = Math.floor(rest / 32);
  }
  return `L-${code}`;
}
