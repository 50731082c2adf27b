import { fieldNames, type StudentForm } from './student-form-fields.ts';

/** Unsaved changes on a form when the page is reloaded. */
export interface StudentDraft {
  /** The user who made the changes. No one else sees them. */
  readonly personId: string;
  /** The form as it was opened. */
  readonly base: StudentForm;
  readonly form: StudentForm;
  readonly removeLicenceNumber: boolean;
  /** Whether a licence number was typed. It is not stored, because browser storage is not encrypted. */
  readonly lostLicenceNumber: boolean;
}

/** Identifies the form: a student's ID, or `new`. */
export type DraftKey = string;

const prefix = 'student-draft:';

/** The part of `Storage` that drafts use. Session storage ends with the tab. */
export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

/** Stores a draft for a reload. When the storage is full, only the draft is lost. */
export function keepDraft(storage: DraftStorage, key: DraftKey, draft: Omit<StudentDraft, 'lostLicenceNumber'>): void {
  const lostLicenceNumber = draft.form.licence_number.trim() !== '';
  const form = { ...draft.form, licence_number: '' };
  try {
    storage.setItem(prefix + key, JSON.stringify({ ...draft, form, lostLicenceNumber } satisfies StudentDraft));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

/** Reads the user's draft of a form. Removes an invalid one, or one of another user. */
export function draftOf(storage: DraftStorage, key: DraftKey, personId: string): StudentDraft | undefined {
  const text = storage.getItem(prefix + key);
  if (text === null) return undefined;
  const draft = parsed(text);
  if (draft?.personId === personId) return draft;
  storage.removeItem(prefix + key);
  return undefined;
}

/** Removes the draft of a form that was saved or discarded. */
export function dropDraft(storage: DraftStorage, key: DraftKey): void {
  storage.removeItem(prefix + key);
}

/** Removes all drafts, or all but one user's. */
export function dropDrafts(storage: DraftStorage, { exceptOf }: { readonly exceptOf?: string } = {}): void {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '');
  for (const key of keys) {
    if (!key.startsWith(prefix)) continue;
    if (exceptOf === undefined || parsed(storage.getItem(key) ?? '')?.personId !== exceptOf) storage.removeItem(key);
  }
}

/** Ignores a draft with an unknown shape, from another release. */
function parsed(text: string): StudentDraft | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { personId, base, form, removeLicenceNumber, lostLicenceNumber } = value;
  const isValid =
    typeof personId === 'string' &&
    isForm(base) &&
    isForm(form) &&
    typeof removeLicenceNumber === 'boolean' &&
    typeof lostLicenceNumber === 'boolean';
  return isValid ? { personId, base, form, removeLicenceNumber, lostLicenceNumber } : undefined;
}

function isForm(value: unknown): value is StudentForm {
  return isRecord(value) && fieldNames.every((name) => typeof value[name] === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
