/** A busy day of a large school, the same each time. */
import type { Calendar, CalendarLesson, CalendarRow } from '../../../contract/calendar.ts';
import { lessonTypes } from '../../../contract/booking/world.ts';
import { calendarOf, lessonAt, rowOf, someId } from './calendar-data.ts';

const givenNames = [
  'Amara',
  'Noah',
  'Zoé',
  'Liam',
  'Priya',
  'Mateo',
  'Chloé',
  'Omar',
  'Ines',
  'Theodora',
  'Jun',
  'Kofi',
];
const familyNames = ['Osei', 'Tremblay', 'Singh', 'Nguyen', 'Petrov', 'Vandenberghe', 'Roy', 'Haddad', 'Okafor', 'Li'];

function nameOf(index: number): string {
  return `${givenNames[index % givenNames.length]} ${familyNames[(index * 7 + 3) % familyNames.length]}`;
}

/** Eight lessons of each instructor from 08:00 on, with every type and status, time off, a class and an override. */
export function busyDay(instructors: number, day = '2026-03-09'): Calendar {
  const rows = Array.from({ length: instructors }, (_, index): CalendarRow => {
    const instructor_id = someId();
    const name = nameOf(index + 5);
    const lessons: CalendarLesson[] = [];
    let minute = 8 * 60 + (index % 3) * 15;
    for (let nth = 0; nth < 8; nth += 1) {
      const minutes = [60, 45, 60, 90, 30, 60, 60, 45][(nth + index) % 8] ?? 60;
      const clock = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
      const type = lessonTypes[(nth * 3 + index) % 7 === 0 ? 2 : (nth + index) % 3 === 0 ? 1 : 0] ?? 'private';
      lessons.push(
        lessonAt(`${day}T${clock}`, {
          minutes,
          type,
          instructor_id,
          instructor_name: name,
          vehicle_id: 'car',
          vehicle_name: 'CKLM 412 (Corolla)',
          student_id: someId(),
          student_name: nameOf(index * 8 + nth),
          location_id: 'main',
          status: nth === 0 && index % 4 === 0 ? 'done' : nth === 1 && index % 6 === 1 ? 'no_show' : 'booked',
          overrides: nth === 3 && index % 5 === 2 ? [{ rule: 'instructor_hours', reason: 'Asked by the student' }] : [],
        }),
      );
      minute += minutes + 15;
    }
    if (index % 4 === 1)
      lessons.push(lessonAt(`${day}T13:00`, { instructor_id, student_name: nameOf(index + 2), status: 'cancelled' }));
    return rowOf({
      instructor_id,
      name,
      lessons: index % 7 === 6 ? lessons.slice(0, 3) : lessons,
      time_off:
        index % 7 === 6
          ? [{ id: someId(), from: `${day}T16:30:00.000Z`, to: `${day}T22:00:00.000Z`, reason: 'Dentist' }]
          : [],
      hours: [1, 2, 3, 4, 5].map((weekday) => ({
        weekday,
        from_minute: 480,
        to_minute: 1_140,
        valid_from: null,
        valid_to: null,
      })),
    });
  });
  return {
    ...calendarOf(rows),
    locations: [
      { id: 'main', name: 'Main Street', time_zone: 'America/Toronto', status: 'active' },
      { id: 'kenora', name: 'Kenora', time_zone: 'America/Winnipeg', status: 'active' },
    ],
    as_of: `${day}T15:20:00.000Z`,
  };
}
