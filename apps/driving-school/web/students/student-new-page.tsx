import { notify, PageHeader } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import { keyPerIntent } from '../idempotent.ts';
import { navigate } from '../navigation.ts';
import { usePageTitle } from '../page-title.ts';
import { user } from '../session.ts';
import { StudentForm } from './student-form.tsx';
import { emptyForm } from './student-form-fields.ts';
import { listPath } from './student-list.ts';
import { spokenName } from './student-text.ts';
import { useStudentForm } from './use-student-form.ts';

/** Adding one student by hand. */
export function StudentNewPage(): JSX.Element {
  usePageTitle('New student');
  const state = useStudentForm(emptyForm, { personId: user.value?.id ?? '', draftKey: 'new' });
  const [keyFor] = useState(keyPerIntent);
  return (
    <div class="page page-form">
      <PageHeader
        title="New student"
        back={{ href: listPath.value, label: 'Students' }}
        description="Only the family name and the birth date are needed. The rest can come later."
      />
      <StudentForm
        state={state}
        saveLabel="Add student"
        cancelHref={listPath.value}
        masked={null}
        instructor={undefined}
        onSave={async (value) => {
          const { body } = await api.addStudent(value, keyFor(value));
          state.release();
          notify(`${spokenName(body.data)} is added.`);
          navigate(`/students/${body.data.id}`, { replace: true });
        }}
      />
    </div>
  );
}
