import type { OverviewView } from '../../../src/contract.ts';
import { breakerStatus, serviceStatus, type Status } from '../../words/words.ts';

export type Column = 'service' | 'breaker' | 'pipeline';

export interface MapNode {
  readonly id: string;
  readonly name: string;
  readonly column: Column;
  /** Pipelines have none. */
  readonly status: Status | undefined;
  readonly row: number;
}

/** `to` depends on `from`. */
export interface MapEdge {
  readonly from: string;
  readonly to: string;
  /** `from` is blocked or down. */
  readonly broken: boolean;
}

export interface MapGraph {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
  readonly rows: number;
}

/** Services, the breakers that guard them, and the pipelines that use the breakers. */
export function graphOf({ services, breakers }: Pick<OverviewView, 'services' | 'breakers'>): MapGraph {
  const pipelines = [...new Set(breakers.flatMap(({ used_by: usedBy }) => usedBy))].toSorted();
  const edges: MapEdge[] = [
    ...services.flatMap(({ id, state, dependants }) =>
      dependants
        .filter((each) => breakers.some((breaker) => breaker.id === each))
        .map((each) => ({ from: `service ${id}`, to: `breaker ${each}`, broken: state !== 'up' })),
    ),
    ...breakers.flatMap(({ id, state, used_by: usedBy }) =>
      usedBy.map((pipeline) => ({ from: `breaker ${id}`, to: `pipeline ${pipeline}`, broken: state !== 'closed' })),
    ),
  ];
  // Next to their dependencies, so that fewer lines cross.
  const ordered = <Item extends { readonly id: string }>(
    items: readonly Item[],
    column: Column,
    before: ReadonlyMap<string, number>,
  ): readonly Item[] =>
    items
      .map((item) => {
        const rows = edges
          .filter(({ to }) => to === `${column} ${item.id}`)
          .flatMap(({ from }) => before.get(from) ?? []);
        return { item, at: rows.length === 0 ? Infinity : rows.reduce((sum, row) => sum + row, 0) / rows.length };
      })
      .toSorted((one, other) => one.at - other.at || one.item.id.localeCompare(other.item.id))
      .map(({ item }) => item);

  const guards = ordered(breakers, 'breaker', rowsOf(services, 'service'));
  const users = ordered(
    pipelines.map((id) => ({ id, name: id })),
    'pipeline',
    rowsOf(guards, 'breaker'),
  );
  const nodes: MapNode[] = [
    ...services.map((service, row) => nodeOf(service, 'service', row, serviceStatus(service.state))),
    ...guards.map((breaker, row) => nodeOf(breaker, 'breaker', row, breakerStatus(breaker))),
    ...users.map((pipeline, row) => nodeOf(pipeline, 'pipeline', row)),
  ];
  return { nodes, edges, rows: Math.max(services.length, guards.length, users.length) };
}

function nodeOf({ id, name }: Pick<MapNode, 'id' | 'name'>, column: Column, row: number, status?: Status): MapNode {
  return { id, name, column, row, status };
}

function rowsOf(items: readonly { readonly id: string }[], column: Column): Map<string, number> {
  return new Map(items.map(({ id }, row) => [`${column} ${id}`, row]));
}
