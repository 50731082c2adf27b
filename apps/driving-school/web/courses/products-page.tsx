import { Badge, Button, type Column, EmptyState, notify, Table } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Product } from '../../contract/products.ts';
import { lengthText } from '../../contract/rule-numbers.ts';
import { RefreshFailure, ResourceTable } from '../platform/resource-view.tsx';
import { FailureBanner } from '../platform/submit-form.tsx';
import { SettingsHeader } from '../settings/settings-header.tsx';
import { useResource } from '../platform/use-resource.ts';
import { type FormSubmission, useSubmit } from '../platform/use-submit.ts';
import { disabledReason } from '../session.ts';
import { courseApi } from './course-api.ts';
import { productKindNames } from './course-text.ts';
import { ProductDialog } from './product-dialog.tsx';
import './courses.css';

type Open = { readonly kind: 'add' } | { readonly kind: 'edit'; readonly product: Product };
type StatusChange = Pick<Product, 'id' | 'name' | 'version' | 'status'>;

/** The courses that the school sells: chosen when a student is enrolled. */
export function ProductsPage(): JSX.Element {
  const products = useResource(courseApi.products);
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const close = (): void => setOpen(undefined);
  const setStatus = useSubmit<StatusChange>({
    repeatable: true,
    async send({ id, name, version, status }, idempotencyKey) {
      const { data } = await courseApi.changeProduct(id, { status }, { version, idempotencyKey });
      await products.load();
      if (status === 'active') notify(`${name} can be chosen again.`);
      else {
        notify(`${name} was archived.`, {
          action: { label: 'Undo', run: () => void setStatus.submit({ ...data, status: 'active' }) },
        });
      }
    },
  });
  const add = (
    <Button
      variant="primary"
      icon="plus"
      disabledReason={disabledReason.value}
      onClick={() => setOpen({ kind: 'add' })}
    >
      Add course
    </Button>
  );

  return (
    <div class="page">
      <SettingsHeader
        title="Courses"
        description="The courses that the school sells. You choose from these when you enrol a student."
        actions={add}
      />
      <RefreshFailure resource={products} title="The courses could not be refreshed" />
      <FailureBanner failure={setStatus.failure} />
      <ResourceTable
        resource={products}
        name="The list of courses"
        empty={({ data }) =>
          data.length === 0 && (
            <EmptyState
              icon="file"
              title="No courses yet"
              actions={
                <Button disabledReason={disabledReason.value} onClick={() => setOpen({ kind: 'add' })}>
                  Add your first course
                </Button>
              }
            >
              Add the courses and lesson packs of your price list. Without them, students are enrolled in a plain BDE
              course or lesson pack.
            </EmptyState>
          )
        }
      >
        {({ data }) => (
          <Table
            caption="Courses"
            columns={columnsFor(setStatus, (product) => setOpen({ kind: 'edit', product }))}
            rows={data}
            rowKey={({ id }) => id}
          />
        )}
      </ResourceTable>
      {open !== undefined && (
        <ProductDialog
          product={open.kind === 'edit' ? open.product : undefined}
          onSaved={() => {
            close();
            void products.load();
          }}
          onClose={close}
        />
      )}
    </div>
  );
}

function columnsFor(
  setStatus: FormSubmission<StatusChange>,
  onEdit: (product: Product) => void,
): readonly Column<Product>[] {
  return [
    {
      key: 'name',
      header: 'Name',
      cell: ({ name, status }) => (
        <span class="record-row-title">
          {name}
          {status === 'archived' && <Badge shape="dotted">Archived</Badge>}
        </span>
      ),
    },
    { key: 'kind', header: 'Kind', cell: ({ kind }) => productKindNames[kind], plain: true },
    {
      key: 'hours',
      header: 'In the car',
      cell: ({ in_vehicle_minutes: minutes }) => (minutes === null ? '' : lengthText(minutes)),
      isEmpty: ({ in_vehicle_minutes: minutes }) => minutes === null,
    },
    {
      key: 'actions',
      header: 'Actions',
      headerHidden: true,
      fit: true,
      align: 'end',
      cell: (product) => (
        <span class="row-actions">
          {product.status === 'active' && (
            <Button size="small" disabledReason={disabledReason.value} onClick={() => onEdit(product)}>
              Edit
              <span class="visually-hidden"> {product.name}</span>
            </Button>
          )}
          <Button
            size="small"
            {...(product.status === 'active' ? { variant: 'danger-quiet' as const } : {})}
            busy={setStatus.sending?.id === product.id}
            disabledReason={setStatus.disabledReason}
            onClick={() =>
              void setStatus.submit({ ...product, status: product.status === 'active' ? 'archived' : 'active' })
            }
          >
            {product.status === 'active' ? 'Archive' : 'Restore'}
            <span class="visually-hidden"> {product.name}</span>
          </Button>
        </span>
      ),
    },
  ];
}
