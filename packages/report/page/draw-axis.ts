import { type View, xOf } from './draw-rows.js';
import type { Palette } from './palette.js';
import { ticks } from './time-text.js';

/** The room that a label takes, in pixels. */
const labelRoom = 92;

export function drawAxis(
  context: CanvasRenderingContext2D,
  base: number,
  view: View,
  palette: Palette,
  height: number,
): void {
  context.font = '11px ui-monospace, monospace';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const { at, label } of ticks(base, view.from, view.to, Math.floor(view.width / labelRoom))) {
    const x = xOf(view, at);
    context.fillStyle = palette.muted;
    context.fillRect(Math.round(x), height - 5, 1, 5);
    const half = context.measureText(label).width / 2;
    context.fillText(label, Math.min(Math.max(x, half + 2), view.width - half - 2), height / 2 - 2);
  }
}

export function drawGrid(
  context: CanvasRenderingContext2D,
  base: number,
  view: View,
  palette: Palette,
  height: number,
): void {
  context.fillStyle = palette.grid;
  for (const { at } of ticks(base, view.from, view.to, Math.floor(view.width / labelRoom))) {
    context.fillRect(Math.round(xOf(view, at)), 0, 1, height);
  }
}
