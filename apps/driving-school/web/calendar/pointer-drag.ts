import type { Place } from './calendar-move.ts';

/** Movement after which a press becomes a drag, in pixels. */
const thresholdPx = 5;
/** Distance from the edge of the pane at which it begins to scroll, and the greatest step per frame, in pixels. */
const edgePx = 48;
const scrollStepPx = 18;

/** The calendar under the pointer. */
export interface DragSurface {
  /** The element that scrolls. */
  readonly pane: HTMLElement;
  /** The element with times and columns. */
  readonly body: HTMLElement;
  readonly columns: number;
  readonly rows: number;
}

/** Width of the column with the times. */
function axisWidthOf({ body }: DragSurface): number {
  return body.firstElementChild?.getBoundingClientRect().width ?? 0;
}

/**
 * The place under a point of the window, in fractions of rows; undefined beside the columns.
 *
 * @param within moves a point outside the columns to the nearest column
 */
export function placeAt(
  surface: DragSurface,
  x: number,
  y: number,
  { within = false }: { readonly within?: boolean } = {},
): { readonly column: number; readonly row: number } | undefined {
  const box = surface.body.getBoundingClientRect();
  const axis = axisWidthOf(surface);
  const width = (box.width - axis) / surface.columns;
  const column = Math.floor((x - box.left - axis) / width);
  const row = ((y - box.top) / box.height) * surface.rows;
  const isInside = column >= 0 && column < surface.columns && row >= 0 && row < surface.rows;
  if (!isInside && !within) return undefined;
  return {
    column: Math.min(Math.max(column, 0), surface.columns - 1),
    row: Math.min(Math.max(row, 0), surface.rows - 1),
  };
}

/** What a drag does. */
export interface DragActions {
  /** The press has become a drag. @returns whether the lesson may be dragged */
  begin(): boolean;
  /** The pointer is over another place, already snapped to a row. */
  over(place: Place): void;
  drop(): void;
  cancel(): void;
}

/** Follows a pointer from the press on a lesson until it is released. Escape cancels; the pane scrolls at its edges. */
export function dragLesson(event: PointerEvent, lesson: HTMLElement, surface: DragSurface, actions: DragActions): void {
  const { pane } = surface;
  const [startX, startY] = [event.clientX, event.clientY];
  const grabbedAt = startY - lesson.getBoundingClientRect().top;
  let point = { x: startX, y: startY };
  let dragging = false;
  let frame = 0;

  const report = (): void => {
    const at = placeAt(surface, point.x, point.y - grabbedAt, { within: true });
    if (at !== undefined) actions.over({ column: at.column, row: Math.round(at.row) });
  };
  const scroll = (): void => {
    frame = requestAnimationFrame(scroll);
    const box = pane.getBoundingClientRect();
    const heads = pane.firstElementChild?.getBoundingClientRect().height ?? 0;
    const [dx, dy] = [
      scrollStep(point.x, box.left + axisWidthOf(surface), box.right),
      scrollStep(point.y, box.top + heads, box.bottom),
    ];
    if (dx === 0 && dy === 0) return;
    pane.scrollBy({ left: dx, top: dy, behavior: 'instant' });
    report();
  };
  const onMove = (moved: PointerEvent): void => {
    if (moved.pointerId !== event.pointerId) return;
    point = { x: moved.clientX, y: moved.clientY };
    if (!dragging) {
      if (Math.hypot(point.x - startX, point.y - startY) < thresholdPx) return;
      if (!actions.begin()) {
        stop();
        return;
      }
      dragging = true;
      pane.setPointerCapture(event.pointerId);
      pane.dataset['dragging'] = '';
      frame = requestAnimationFrame(scroll);
    }
    report();
  };
  const onUp = (released: PointerEvent): void => {
    if (released.pointerId !== event.pointerId) return;
    const wasDragging = dragging;
    stop();
    if (!wasDragging) return;
    swallowClick();
    actions.drop();
  };
  const onCancel = (): void => {
    const wasDragging = dragging;
    stop();
    if (wasDragging) actions.cancel();
  };
  const onKey = (pressed: KeyboardEvent): void => {
    if (pressed.key !== 'Escape') return;
    pressed.preventDefault();
    pressed.stopPropagation();
    swallowClick();
    onCancel();
  };
  const stop = (): void => {
    cancelAnimationFrame(frame);
    delete pane.dataset['dragging'];
    removeEventListener('pointermove', onMove);
    removeEventListener('pointerup', onUp);
    removeEventListener('pointercancel', onCancel);
    removeEventListener('keydown', onKey, true);
  };
  addEventListener('pointermove', onMove);
  addEventListener('pointerup', onUp);
  addEventListener('pointercancel', onCancel);
  addEventListener('keydown', onKey, true);
}

/** How far to scroll in one frame with the pointer near an edge, in pixels. */
function scrollStep(at: number, from: number, to: number): number {
  if (at < from + edgePx) return -Math.min(1, (from + edgePx - at) / edgePx) * scrollStepPx;
  if (at > to - edgePx) return Math.min(1, (at - to + edgePx) / edgePx) * scrollStepPx;
  return 0;
}

/** The release of a drag is also a click on the element below it, which must not open anything. */
function swallowClick(): void {
  addEventListener('click', swallow, { capture: true, once: true });
  // A drag that ends outside the window has no click.
  setTimeout(() => removeEventListener('click', swallow, { capture: true }), 300);
}

function swallow(event: MouseEvent): void {
  event.preventDefault();
  event.stopPropagation();
}
