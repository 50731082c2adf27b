import { Banner, Button, Dialog } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { leavesOf } from '../../contract/fields.ts';
import { instructorFields } from '../../contract/instructor-fields.ts';
import {
  type Instructor,
  type InstructorChanged,
  type InstructorChanges,
  type LessonTime,
  parseInstructor,
} from '../../contract/instructors.ts';
import { api, ProblemResponse } from '../api.ts';
import { changedFields } from '../field-form.ts';
import { FieldInputs } from '../field-inputs.tsx';
import { SubmitForm } from '../platform/submit-form.tsx';
import { useSubmit } from '../platform/use-submit.ts';
import {
  inputId,
  type InstructorForm,
  instructorForm,
  type InstructorFormName,
  instructorProblems,
  tidied,
} from './instructor-form.ts';
import { LessonTimes, lessonsText } from './instructor-text.tsx';

const leaves = leavesOf(instructorFields);
const dateNames = ['licence_expires_on', 'contract_from', 'contract_to'];

/** The form, and the lessons that its dates break, once the user has seen them. */
interface Content {
  readonly form: InstructorForm;
  readonly seen: readonly LessonTime[] | undefined;
}

/** Edits an instructor. Before dates are saved that break booked lessons, shows these lessons. */
export function EditInstructorDialog({
  instructor,
  onClose,
  onSaved,
  onOutdated,
}: {
  readonly instructor: Instructor;
  readonly onClose: () => void;
  /** Receives undefined when nothing was changed. */
  readonly onSaved: (changed: InstructorChanged | undefined) => void;
  /** Someone else has changed the instructor: the page must be loaded again. */
  readonly onOutdated: () => void;
}): JSX.Element {
  const [form, setForm] = useState<InstructorForm>(() => instructorForm.fromRecord(instructor));
  const [broken, setBroken] = useState<readonly LessonTime[] | undefined>(undefined);
  const save = useSubmit<Content, InstructorFormName>({
    fields: instructorForm.names,
    repeatable: true,
    check: (content) => instructorProblems(content.form),
    async send(content, idempotencyKey) {
      const parsed = parseInstructor(instructorForm.toInput(content.form));
      if (!parsed.ok) return;
      const changes: InstructorChanges = changedFields(instructorFields, instructor, parsed.value);
      if (Object.keys(changes).length === 0) {
        onSaved(undefined);
        return;
      }
      if (content.seen === undefined && dateNames.some((name) => Object.hasOwn(changes, name))) {
        const preview = await api.previewInstructor(instructor.id, changes, instructor.version);
        if (preview.lesson_times.length > 0) {
          setBroken(preview.lesson_times);
          return;
        }
      }
      onSaved(await api.changeInstructor(instructor.id, changes, { version: instructor.version, idempotencyKey }));
    },
    explain(error) {
      if (!(error instanceof ProblemResponse && error.status === 412)) return undefined;
      onOutdated();
      return {
        failure: {
          title: 'Someone changed this instructor a moment ago',
          detail: 'Nothing was saved. Close this form to see the newer record, then repeat your change.',
          status: 412,
        },
      };
    },
  });
  const content: Content = { form, seen: broken };
  return (
    <Dialog
      wide
      title={`Edit ${instructor.name}`}
      busy={save.busy}
      disabledReason={save.disabledReason}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant={broken === undefined ? 'primary' : 'danger'}
            busy={save.busy}
            disabledReason={save.disabledReason}
            onClick={() => void save.submit(content)}
          >
            {broken === undefined ? 'Save' : 'Save anyway'}
          </Button>
        </>
      }
    >
      <SubmitForm submission={save} content={content}>
        {broken !== undefined && (
          <Banner tone="warning" role="alert" title={`${lessonsText(broken.length)} booked outside of these dates`}>
            <p>They stay booked, but must be moved to another instructor or cancelled:</p>
            <LessonTimes lessons={broken} />
          </Banner>
        )}
        <div class="form-fields">
          <FieldInputs
            leaves={leaves}
            idOf={inputId}
            state={{
              form,
              problems: save.problems,
              type(name, text) {
                setForm({ ...form, [name]: text });
                if (dateNames.includes(name)) setBroken(undefined);
              },
              leaveField(name) {
                const next = tidied(form, name);
                setForm(next);
                const typed = name as InstructorFormName;
                if (next[typed].trim() !== '') save.setProblem(typed, instructorProblems(next)[typed]);
              },
            }}
          />
        </div>
        {/* The visible button is outside the form; this one makes the Enter key submit. */}
        <button type="submit" class="visually-hidden" tabIndex={-1} aria-hidden="true">
          Save
        </button>
      </SubmitForm>
    </Dialog>
  );
}
