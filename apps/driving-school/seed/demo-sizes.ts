/** Sizes of the fictional school, the smallest first. */
export const demoSizes = ['S', 'M', 'L', 'XL'] as const;
export type DemoSize = (typeof demoSizes)[number];

/** The size of a fictional school. */
export interface DemoScale {
  readonly students: number;
  readonly instructors: number;
  readonly cars: number;
  /** Weeks with lessons, before and after the first day. */
  readonly weeksBefore: number;
  readonly weeksAfter: number;
  /** Years over which the students came; 0: all of them are of today. */
  readonly years: number;
  /** How long loading takes on two cores with the embedded database, for the person who waits. */
  readonly duration: string;
}

/** S and M are loaded while the program starts. L is a school of 50 instructors after five years; XL a small chain. */
export const demoScales: Readonly<Record<DemoSize, DemoScale>> = {
  S: { students: 150, instructors: 3, cars: 4, weeksBefore: 4, weeksAfter: 4, years: 0, duration: 'a second' },
  M: { students: 2_000, instructors: 12, cars: 10, weeksBefore: 4, weeksAfter: 4, years: 0, duration: 'a few seconds' },
  L: {
    students: 35_000,
    instructors: 50,
    cars: 50,
    weeksBefore: 256,
    weeksAfter: 4,
    years: 5,
    duration: 'about five minutes',
  },
  XL: {
    students: 140_000,
    instructors: 200,
    cars: 200,
    weeksBefore: 52,
    weeksAfter: 4,
    years: 1,
    duration: 'up to half an hour',
  },
};

/**
 * Days since a student enrolled: the first did longest ago, and the last twentieth just now, so that the
 * coming weeks are as full as the past ones. The special students are of today.
 */
export function daysSinceStart(index: number, { students, years }: Pick<DemoScale, 'students' | 'years'>): number {
  return index < 30 ? 0 : Math.max(0, Math.floor(years * 365 * (1 - index / (0.95 * students))));
}
