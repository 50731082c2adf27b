import { notify, PageHeader } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { api } from '../api.ts';
import { navigate } from '../navigation.ts';
import { user } from '../session.ts';
import { studentPage } from './pages.ts';
import { StudentForm } from './student-form.tsx';
import { emptyForm } from './student-form-fields.ts';
import { listPath } from './student-list.ts';
import { spokenName } from './student-text.ts';
import { useStudentForm } from './use-student-form.ts';
import './students.css';

/** Adds a student. */
export function StudentNewPage(): JSX.Element {
  const state = useStudentForm(emptyForm, {
    owner: { personId: user.value?.id ?? '', draftKey: 'new' },
    async save(value, idempotencyKey) {
      const { data: added } = await api.addStudent(value, idempotencyKey);
      state.release();
      notify(`${spokenName(added)} was added.`);
      navigate(studentPage.href({ studentId: added.id }), { replace: true });
    },
  });
  return (
    <div class="page page-form">
      <PageHeader
        title="New student"
        back={{ href: listPath.value, label: 'Students' }}
        description="Only the family name and the birth date are required. You can add the rest later."
      />
      <StudentForm
        state={state}
        saveLabel="Add student"
        cancelHref={listPath.value}
        masked={null}
        instructor={undefined}
      />
    </div>
  );
}
