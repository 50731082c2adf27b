import type { BreakerView, OverviewView } from '../../../src/contract.ts';
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
  const order = (ids: readonly string[], column: Column, before: ReadonlyMap<string, number>): string[] =>
    // Next to their dependencies, so that fewer lines cross.
    ids
      .map((id) => {
        const rows = edges.filter(({ to }) => to === `${column} ${id}`).flatMap(({ from }) => before.get(from) ?? []);
        return { id, at: rows.length === 0 ? Infinity : rows.reduce((sum, row) => sum + row, 0) / rows.length };
      })
      .toSorted((one, other) => one.at - other.at || one.id.localeCompare(other.id))
      .map(({ id }) => id);

  const serviceIds = services.map(({ id }) => id);
  const serviceRows = rowsOf(serviceIds, 'service');
  const breakerIds = order(
    breakers.map(({ id }) => id),
    'breaker',
    serviceRows,
  );
  const breakerRows = rowsOf(breakerIds, 'breaker');
  const pipelineIds = order(pipelines, 'pipeline', breakerRows);
  const byId = new Map<string, BreakerView>(breakers.map((breaker) => [breaker.id, breaker]));
  const nodes: MapNode[] = [
    ...services.map(({ id, name, state }, row) => ({
      id,
      name,
      column: 'service' as const,
      status: serviceStatus(state),
      row,
    })),
    ...breakerIds.map((id, row) => {
      const breaker = byId.get(id);
      return {
        id,
        name: breaker?.name ?? id,
        column: 'breaker' as const,
        status: breaker && breakerStatus(breaker),
        row,
      };
    }),
    ...pipelineIds.map((id, row) => ({ id, name: id, column: 'pipeline' as const, status: undefined, row })),
  ];
  return { nodes, edges, rows: Math.max(serviceIds.length, breakerIds.length, pipelineIds.length) };
}

function rowsOf(ids: readonly string[], column: Column): Map<string, number> {
  return new Map(ids.map((id, row) => [`${column} ${id}`, row]));
}
