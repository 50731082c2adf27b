import { Shape } from '@dualbrake/kit';
import { hrefOf } from '../../live/router.ts';
import type { Column, MapGraph, MapNode } from './map-graph.ts';

const WIDTH = 220;
const HEIGHT = 44;
const GAP_X = 110;
const GAP_Y = 16;
const TOP = 34;
const columns: readonly Column[] = ['service', 'breaker', 'pipeline'];
const titles: Readonly<Record<Column, string>> = { service: 'Services', breaker: 'Breakers', pipeline: 'Pipelines' };

/** The graph, dependencies on the left and dependants on the right. Every node links to its page. */
export function MapDrawing({ graph }: Readonly<{ graph: MapGraph }>) {
  const height = TOP + graph.rows * (HEIGHT + GAP_Y);
  const width = columns.length * WIDTH + (columns.length - 1) * GAP_X;
  const at = (node: MapNode): { x: number; y: number } => {
    const inColumn = graph.nodes.filter(({ column }) => column === node.column).length;
    const free = (graph.rows - inColumn) * (HEIGHT + GAP_Y);
    return { x: columns.indexOf(node.column) * (WIDTH + GAP_X), y: TOP + free / 2 + node.row * (HEIGHT + GAP_Y) };
  };
  const placed = new Map(graph.nodes.map((node) => [`${node.column} ${node.id}`, at(node)]));
  return (
    <div class="map-frame">
      <svg
        class="map"
        viewBox={`0 0 ${width} ${height}`}
        style={{ maxWidth: `${width}px` }}
        role="group"
        aria-label="Dependency map"
      >
        {columns.map((column, index) => (
          <text key={column} class="map-title" x={index * (WIDTH + GAP_X)} y={14}>
            {titles[column]}
          </text>
        ))}
        {graph.edges.map(({ from, to, broken }) => {
          const start = placed.get(from);
          const end = placed.get(to);
          if (start === undefined || end === undefined) return null;
          const [x1, y1, x2, y2] = [start.x + WIDTH, start.y + HEIGHT / 2, end.x, end.y + HEIGHT / 2];
          const bend = (x2 - x1) / 2;
          return (
            <path
              key={`${from} ${to}`}
              class={broken ? 'map-edge map-edge-broken' : 'map-edge'}
              d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`}
            />
          );
        })}
        {graph.nodes.map((node) => (
          <Node key={`${node.column} ${node.id}`} node={node} at={at(node)} />
        ))}
      </svg>
    </div>
  );
}

function Node({ node, at }: Readonly<{ node: MapNode; at: { x: number; y: number } }>) {
  const { id, name, column, status } = node;
  const box = (
    <g transform={`translate(${at.x} ${at.y})`} class={`map-node tone-${status?.tone ?? 'neutral'}`}>
      <rect width={WIDTH} height={HEIGHT} rx={6} />
      {status !== undefined && (
        <g transform="translate(12 16)">
          <svg width={12} height={12} viewBox="0 0 12 12" class="map-shape">
            <Shape shape={status.shape} />
          </svg>
        </g>
      )}
      <text x={status === undefined ? 12 : 32} y={status === undefined ? 27 : 19} class="map-name">
        {shortened(name, status === undefined ? 30 : 26)}
      </text>
      {status !== undefined && (
        <text x={32} y={34} class="map-state">
          {shortened(status.label, 30)}
        </text>
      )}
    </g>
  );
  if (column === 'pipeline') return box;
  return <a href={hrefOf([column === 'service' ? 'services' : 'breakers', id])}>{box}</a>;
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
