import { Banner, Button, EmptyState, ProgressLine } from '@dualbrake/kit';
import type { JSX } from 'preact';
import type { Failure } from '../failure.ts';
import { availability } from '../session.ts';
import type { Resource } from './resource.ts';
import { SkeletonRows } from './skeletons.tsx';

/** Shows the state of a resource: loading, failed, empty, or its value with `children`. */
export function ResourceView<Value>({
  resource,
  name,
  hint,
  skeleton = <SkeletonRows />,
  failed,
  empty,
  children,
}: {
  readonly resource: Resource<Value>;
  /** The subject of "... can't be shown right now": `The audit log`. */
  readonly name: string;
  /** A sentence after the reason of a failure. */
  readonly hint?: string;
  readonly skeleton?: JSX.Element;
  /** Replaces the usual message when the first load fails. */
  readonly failed?: (failure: Failure) => JSX.Element;
  /** Returns the content to show instead of an empty list. */
  readonly empty?: (value: Value) => JSX.Element | false;
  readonly children: (value: Value) => JSX.Element;
}): JSX.Element {
  const { value, failure } = resource;
  if (value !== undefined) return empty?.(value) || children(value);
  if (failure === undefined) return skeleton;
  if (failed !== undefined) return failed(failure);
  return (
    <EmptyState
      icon="clock"
      title={`${name} can’t be shown right now`}
      actions={<Button onClick={() => void resource.load()}>Try again</Button>}
    >
      {failure.detail} {hint}
    </EmptyState>
  );
}

/** A `ResourceView` in the frame of a table, with a progress line while it reloads. */
export function ResourceTable<Value>({
  class: className,
  ...view
}: Parameters<typeof ResourceView<Value>>[0] & { readonly class?: string }): JSX.Element {
  const { resource } = view;
  return (
    <div class={className === undefined ? 'table-frame' : `table-frame ${className}`} aria-busy={resource.loading}>
      <ProgressLine active={resource.loading && resource.value !== undefined} />
      <ResourceView {...view} />
    </div>
  );
}

/**
 * A banner for data that could not be refreshed. Not shown during an outage, which has its own banner at the top of the
 * page.
 */
export function RefreshFailure({
  resource,
  title,
}: {
  readonly resource: Resource<unknown>;
  readonly title: string;
}): JSX.Element | null {
  const { value, failure } = resource;
  if (failure === undefined || value === undefined || availability.value.state !== 'live') return null;
  return (
    <Banner
      tone="warning"
      role="alert"
      title={title}
      actions={
        <Button size="small" onClick={() => void resource.load()}>
          Try again
        </Button>
      }
    >
      <p>{failure.detail} You see older data.</p>
    </Banner>
  );
}
