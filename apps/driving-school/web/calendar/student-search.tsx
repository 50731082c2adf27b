import { Field, Icon } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatPhone } from '../../contract/parsers.ts';
import type { StudentSummary } from '../../contract/students.ts';
import { api } from '../api.ts';
import { dayText } from '../students/student-text.ts';

/** Wait after the last key before searching, in milliseconds. */
const pauseMs = 120;
const resultsMax = 7;

/** Finds a student by typing. The first result is chosen by Enter. */
export function StudentSearch({
  problem,
  onChoose,
}: {
  readonly problem?: string | undefined;
  readonly onChoose: (student: StudentSummary) => void;
}): JSX.Element {
  const [text, setText] = useState('');
  const [found, setFound] = useState<{ readonly q: string; readonly students: readonly StudentSummary[] }>();
  const [active, setActive] = useState(0);
  const waiting = useRef<{ readonly q: string } | undefined>(undefined);
  const q = text.trim();

  useEffect(() => {
    if (q === '') {
      setFound(undefined);
      return undefined;
    }
    const controller = new AbortController();
    const timer = setTimeout(() => {
      api.students({ q, limit: resultsMax }, controller.signal).then(
        ({ data }) => {
          setFound({ q, students: data });
          setActive(0);
          // Enter was pressed before the answer: people type a name and Enter in one go.
          const [first, ...others] = data;
          const wanted = waiting.current?.q === q;
          waiting.current = undefined;
          if (wanted && first !== undefined && others.length === 0) onChoose(first);
        },
        () => {
          if (!controller.signal.aborted) setFound({ q, students: [] });
        },
      );
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [q]);

  const students = found?.students ?? [];
  const isOpen = found !== undefined && q !== '';
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      if (students.length > 0) setActive((active + step + students.length) % students.length);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const chosen = students[active];
      if (found?.q !== q) waiting.current = { q };
      else if (chosen !== undefined) onChoose(chosen);
    } else if (event.key === 'Escape' && text !== '') {
      event.preventDefault();
      event.stopPropagation();
      setText('');
    }
  };

  return (
    <div class="student-search">
      <Field label="Student" problem={problem} id="booking-student" hint="Type a name or a telephone number.">
        {(control) => (
          <input
            {...control}
            class="control"
            role="combobox"
            aria-expanded={isOpen && students.length > 0}
            aria-controls="booking-students"
            aria-autocomplete="list"
            aria-activedescendant={students[active] === undefined ? undefined : `student-${students[active].id}`}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            autofocus
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
        )}
      </Field>
      <ul
        class="student-results-list"
        id="booking-students"
        role="listbox"
        aria-label="Students"
        hidden={students.length === 0}
      >
        {students.map((student, index) => (
          <li
            key={student.id}
            id={`student-${student.id}`}
            role="option"
            aria-selected={index === active}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => onChoose(student)}
            onMouseMove={() => setActive(index)}
          >
            <strong>{student.display_name}</strong>
            <span class="muted numbers">
              {student.phone === null ? `born ${dayText(student.birth_date)}` : formatPhone(student.phone)}
            </span>
          </li>
        ))}
      </ul>
      {isOpen && students.length === 0 && (
        <p class="field-hint student-search-none" role="status">
          <Icon name="info" /> No student matches “{q}”.
        </p>
      )}
    </div>
  );
}
