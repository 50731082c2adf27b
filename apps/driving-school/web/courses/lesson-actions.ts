import type { JSX } from 'preact';
import type { Enrolment } from '../../contract/enrolments.ts';
import type { Student } from '../../contract/students.ts';

/** The facts for a button beside the lessons of a student. */
export interface LessonActionContext {
  readonly student: Student;
  /** The student's courses, the latest first; undefined until they are loaded. */
  readonly courses: readonly Enrolment[] | undefined;
  /** Call it when lessons were booked. */
  readonly onBooked: () => void;
}

/** The buttons beside the lessons of a student, such as one that books the next lesson. Slices add theirs here. */
export const lessonActions: readonly ((context: LessonActionContext) => JSX.Element | null)[] = [];
