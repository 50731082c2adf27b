import { notify, SelectField, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Product, ProductKind } from '../../contract/products.ts';
import { FormDialog } from '../platform/submit-form.tsx';
import { useSubmit } from '../platform/use-submit.ts';
import { courseApi } from './course-api.ts';
import { typedHours } from './course-form.ts';
import { productKindNames } from './course-text.ts';

interface Form {
  readonly name: string;
  readonly kind: ProductKind;
  readonly hours: string;
}

const kindOptions = Object.entries(productKindNames).map(([value, label]) => ({ value: value as ProductKind, label }));
/** Kinds that contain time in the car. */
const timed: ReadonlySet<ProductKind> = new Set(['bde', 'lesson_pack', 'single']);

/** Adds something that the school sells, or changes it. */
export function ProductDialog({
  product,
  onSaved,
  onClose,
}: {
  /** The product to change. Default: a new one. */
  readonly product: Product | undefined;
  readonly onSaved: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const [form, setForm] = useState<Form>({
    name: product?.name ?? '',
    kind: product?.kind ?? 'bde',
    hours:
      product === undefined ? '10' : product.in_vehicle_minutes === null ? '' : String(product.in_vehicle_minutes / 60),
  });
  const save = useSubmit<Form, 'name' | 'kind' | 'in_vehicle_minutes'>({
    fields: ['name', 'kind', 'in_vehicle_minutes'],
    repeatable: true,
    check: ({ name, kind, hours }) => ({
      name: name.trim() === '' ? 'Enter a name.' : undefined,
      in_vehicle_minutes:
        timed.has(kind) && hours.trim() !== '' && typedHours(hours) === undefined
          ? 'Enter hours, such as 10 or 1.5.'
          : undefined,
    }),
    async send({ name, kind, hours }, idempotencyKey) {
      const in_vehicle_minutes = timed.has(kind) ? (typedHours(hours) ?? null) : null;
      if (product === undefined) await courseApi.addProduct({ name, kind, in_vehicle_minutes }, idempotencyKey);
      else {
        const conditions = { version: product.version, idempotencyKey };
        await courseApi.changeProduct(product.id, { name, in_vehicle_minutes }, conditions);
      }
      notify(`${name.trim()} is saved.`);
      onSaved();
    },
  });
  return (
    <FormDialog
      title={product === undefined ? 'Add a course' : `Edit ${product.name}`}
      submission={save}
      content={form}
      submitLabel={product === undefined ? 'Add course' : 'Save'}
      onClose={onClose}
    >
      <TextField
        id="product-name"
        label="Name"
        autofocus
        autocomplete="off"
        maxlength={100}
        hint="As students know it, such as Full BDE course"
        value={form.name}
        problem={save.problems.name}
        onInput={(name) => setForm({ ...form, name })}
      />
      {product === undefined && (
        <SelectField
          id="product-kind"
          label="Kind"
          hint="A BDE course has a deadline. The kind can’t be changed later."
          value={form.kind}
          problem={save.problems.kind}
          options={kindOptions}
          onChange={(kind) => setForm({ ...form, kind })}
        />
      )}
      {timed.has(form.kind) && (
        <TextField
          id="product-hours"
          label="Hours in the car"
          mark="optional"
          autocomplete="off"
          hint="The time that it contains, such as 10 or 1.5"
          value={form.hours}
          problem={save.problems.in_vehicle_minutes}
          onInput={(hours) => setForm({ ...form, hours })}
        />
      )}
    </FormDialog>
  );
}
