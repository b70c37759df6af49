/** The bars and marks of the rows in view. */
import { statuses } from '../src/data.js';
import { drawExit, drawMark, weights } from './draw-marks.js';
import type { Model } from './model.js';
import type { Palette } from './palette.js';
import type { Row } from './rows.js';

export const rowHeight = 26;
/** Beside the first and the last instant, so that their marks are whole. */
export const margin = 10;

export interface View {
  readonly from: number;
  readonly to: number;
  readonly width: number;
}

export function xOf({ from, to, width }: View, at: number): number {
  return margin + ((at - from) / (to - from)) * (width - 2 * margin);
}

export function timeAt({ from, to, width }: View, x: number): number {
  return from + ((x - margin) / (width - 2 * margin)) * (to - from);
}

export interface Scene {
  readonly model: Model;
  readonly view: View;
  readonly palette: Palette;
  /** Of each event, whether it is shown. */
  readonly passes: Uint8Array;
  readonly selectedStream: number | undefined;
  readonly selectedEvent: number | undefined;
}

/** @param top of the first row, in pixels */
export function drawRows(
  context: CanvasRenderingContext2D,
  scene: Scene,
  rows: readonly Row[],
  first: number,
  top: number,
  height: number,
): void {
  const { view, palette } = scene;
  for (let index = first, y = top; index < rows.length && y < height; index += 1, y += rowHeight) {
    const row = rows[index];
    context.fillStyle = palette.line;
    context.fillRect(0, y + rowHeight - 1, view.width, 1);
    if (row?.kind !== 'task') continue;
    if (row.stream === scene.selectedStream) {
      context.fillStyle = palette.select;
      context.fillRect(0, y, view.width, rowHeight - 1);
    }
    const marks = [...eventsInView(scene, row.stream)];
    drawBars(context, scene, row.stream, y + rowHeight / 2 - 1, marks);
    drawEvents(context, scene, row.stream, y + rowHeight / 2 - 1, marks);
  }
}

function drawBars(
  context: CanvasRenderingContext2D,
  { model, view, palette }: Scene,
  stream: number,
  y: number,
  marks: readonly SpottedEvent[],
): void {
  const { bars = [], execs = [] } = model.data.streams[stream] ?? {};
  for (const [status, since, until] of bars) {
    const from = since - model.base;
    const to = until === null ? model.length : until - model.base;
    if (to < view.from || from > view.to) continue;
    const left = Math.max(-20, xOf(view, from));
    const right = Math.min(view.width + 20, until === null ? view.width + 20 : xOf(view, to));
    const name = statuses[status] ?? 'stopped';
    const width = Math.max(1, right - left);
    drawBar(context, palette, name, left, width, y);
    const start = labelStart(left, width, view.width, marks);
    if (start !== undefined) drawLabel(context, palette, name, start, y);
  }
  context.fillStyle = palette.exec;
  for (const [, since, until] of execs) {
    const [from, to] = [since - model.base, until === null ? model.length : until - model.base];
    if (to < view.from || from > view.to) continue;
    const left = Math.max(0, xOf(view, from));
    context.fillRect(left, y + 8, Math.max(1, Math.min(view.width, xOf(view, to)) - left), 2);
  }
}

function drawBar(
  context: CanvasRenderingContext2D,
  palette: Palette,
  status: (typeof statuses)[number],
  left: number,
  width: number,
  y: number,
): void {
  const inner = Math.max(0, width - 1);
  switch (status) {
    case 'creating':
      context.strokeStyle = palette.created;
      context.lineWidth = 1;
      context.setLineDash([2, 2]);
      context.strokeRect(left + 0.5, y - 3.5, inner, 7);
      context.setLineDash([]);
      return;
    case 'created':
      context.strokeStyle = palette.created;
      context.lineWidth = 1;
      context.strokeRect(left + 0.5, y - 3.5, inner, 7);
      return;
    case 'running':
      context.fillStyle = palette.running;
      context.fillRect(left, y - 6, width, 12);
      return;
    case 'pausing':
    case 'paused':
      hatch(context, palette.paused, left, width, y);
      return;
    case 'stopped':
      context.fillStyle = palette.stopped;
      context.fillRect(left, y - 1.5, width, 3);
      return;
    default:
      status satisfies never;
  }
}

function hatch(context: CanvasRenderingContext2D, colour: string, left: number, width: number, y: number): void {
  context.save();
  context.beginPath();
  context.rect(left, y - 6, width, 12);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.beginPath();
  for (let x = Math.floor(left / 6) * 6 - 12; x < left + width; x += 6) {
    context.moveTo(x, y + 6);
    context.lineTo(x + 12, y - 6);
  }
  context.stroke();
  context.restore();
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.strokeRect(left + 0.5, y - 5.5, Math.max(0, width - 1), 11);
}

const labelWidth = 56;

/** Where a bar has room for its name, in the part that is in view: at its beginning, or behind the marks on it. */
function labelStart(left: number, width: number, room: number, marks: readonly SpottedEvent[]): number | undefined {
  const end = Math.min(left + width, room) - margin;
  let start = Math.max(left, 0) + margin;
  for (const { x } of marks) {
    if (start + labelWidth > end) return undefined;
    if (x > start - 8 && x < start + labelWidth) start = x + margin;
  }
  return start + labelWidth > end ? undefined : start;
}

function drawLabel(
  context: CanvasRenderingContext2D,
  palette: Palette,
  status: (typeof statuses)[number],
  start: number,
  y: number,
): void {
  if (status === 'creating' || status === 'stopped') return;
  context.font = '600 10px system-ui, sans-serif';
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  const hatched = status === 'paused' || status === 'pausing';
  if (hatched) {
    context.fillStyle = palette.paper;
    context.fillRect(start - 4, y - 5, context.measureText(status).width + 8, 10);
  }
  context.fillStyle = status === 'running' ? palette['on-running'] : hatched ? palette.ink : palette.muted;
  context.fillText(status, start, y + 0.5);
}

/** Several events on one spot are one mark: the one that matters most. */
const spot = 5;

function drawEvents(
  context: CanvasRenderingContext2D,
  scene: Scene,
  stream: number,
  y: number,
  marks: readonly SpottedEvent[],
): void {
  const { model, view, palette } = scene;
  for (const { event, x } of marks) {
    const exit = model.exits.get(event);
    if (exit) drawExit(context, exit, x, y, palette);
    else drawMark(context, model.kindOf(event), x, y, palette);
    if (event === scene.selectedEvent) {
      context.strokeStyle = palette.ink;
      context.lineWidth = 1.5;
      context.strokeRect(x - 8, y - 9.5, 16, 19);
    }
  }
  const selected = scene.selectedEvent;
  if (selected === undefined || model.stream[selected] !== stream) return;
  context.fillStyle = palette.ink;
  context.fillRect(xOf(view, model.time[selected] ?? 0) - 0.5, y - 12, 1, 24);
}

export interface SpottedEvent {
  readonly event: number;
  readonly x: number;
  /** How many events it stands for. */
  readonly count: number;
}

/** Leaps from spot to spot, so that a row takes as long as it is wide, however many events it has. */
export function* eventsInView(scene: Scene, stream: number): Generator<SpottedEvent> {
  const { model, view, passes } = scene;
  const events = model.byStream[stream] ?? new Uint32Array();
  const perPixel = (view.to - view.from) / Math.max(1, view.width - 2 * margin);
  let at = firstFrom(model, events, view.from - perPixel * margin);
  const end = firstFrom(model, events, view.to + perPixel * margin);
  while (at < end) {
    const start = model.time[events[at] ?? 0] ?? 0;
    const next = Math.max(at + 1, firstFrom(model, events, start + perPixel * spot));
    let best: number | undefined;
    let weight = 0;
    let count = 0;
    for (let member = at; member < next; member += 1) {
      const event = events[member] ?? 0;
      if (passes[event] !== 1) continue;
      const own = event === scene.selectedEvent ? 100 : model.exits.has(event) ? 3.5 : weights[model.kindOf(event)];
      count += own > 0 ? 1 : 0;
      if (own <= weight) continue;
      weight = own;
      best = event;
    }
    if (best !== undefined) yield { event: best, x: xOf(view, model.time[best] ?? 0), count };
    at = next;
  }
}

/** The place of the first event that is not before an instant. */
function firstFrom(model: Model, events: Uint32Array, at: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((model.time[events[middle] ?? 0] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
