import type { JSX } from 'preact';
import { WritingLink } from '../writing-link.tsx';
import { bookPage, planPage } from './pages.ts';

/** The links of a student's page to book the next lesson and to plan the course. */
export function PlanningLinks({ studentId }: { readonly studentId: string }): JSX.Element {
  return (
    <>
      <WritingLink href={planPage.href({ studentId })} icon="clock">
        Plan course
      </WritingLink>
      <WritingLink href={bookPage.href({ studentId })} variant="primary" icon="plus">
        Book next lesson
      </WritingLink>
    </>
  );
}
