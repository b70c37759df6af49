/** Each kind of event has a shape of its own, so that nothing depends on colour alone. */
import type { Kind } from '../src/kinds.js';
import type { ExitMark } from './model.js';
import type { Palette } from './palette.js';

/** From what matters least to what matters most: where several fall on one spot, the last one is drawn. */
export const weights: Readonly<Record<Kind, number>> = {
  request: 0,
  lifecycle: 0,
  other: 1,
  mount: 1,
  update: 2,
  checkpoint: 3,
  exec: 3,
  kill: 4,
  recovery: 5,
  shred: 6,
  failure: 6,
  oom: 7,
};

const half = 4.5;

/** @param y the middle */
export function drawMark(context: CanvasRenderingContext2D, kind: Kind, x: number, y: number, palette: Palette): void {
  context.setLineDash([]);
  switch (kind) {
    case 'exec':
      fill(context, palette.exec, palette.paper, [x - 3.5, y + 4], [x, y - 4], [x + 3.5, y + 4]);
      break;
    case 'kill':
      strokes(context, palette.kill, palette.paper, [
        [x - 3.5, y - 3.5, x + 3.5, y + 3.5],
        [x - 3.5, y + 3.5, x + 3.5, y - 3.5],
      ]);
      break;
    case 'oom':
      fill(context, palette.oom, palette.paper, [x - 5.5, y], [x, y - 5.5], [x + 5.5, y], [x, y + 5.5]);
      break;
    case 'failure':
      fill(context, palette.failure, palette.paper, [x - half, y - 4], [x + half, y - 4], [x, y + half]);
      break;
    case 'recovery':
      ring(context, palette.recovery, palette.paper, x, y);
      break;
    case 'checkpoint':
      box(context, palette.accent, palette.paper, x, y);
      break;
    case 'update':
      strokes(context, palette.accent, palette.paper, [
        [x - 4, y, x + 4, y],
        [x, y - 4, x, y + 4],
      ]);
      break;
    case 'shred':
      fill(context, palette.ink, palette.paper, [x - 4, y - 4], [x + 4, y - 4], [x + 4, y + 4], [x - 4, y + 4]);
      break;
    case 'mount':
    case 'other':
      strokes(context, palette.muted, palette.paper, [[x, y - 4, x, y + 4]]);
      break;
    case 'request':
    case 'lifecycle':
      return;
    default:
      kind satisfies never;
  }
}

/** The end of a task's process: an exit code other than 0 is filled, one that nobody saw has a question mark. */
export function drawExit(
  context: CanvasRenderingContext2D,
  { status, certainty }: ExitMark,
  x: number,
  y: number,
  palette: Palette,
): void {
  const colour = certainty === 'unknown' || status !== 0 ? palette.failure : palette.running;
  context.fillStyle = colour;
  context.fillRect(x - 1, y - 8, 2, 16);
  if (certainty === 'observed') return;
  context.fillStyle = palette.ink;
  context.font = '600 10px system-ui, sans-serif';
  context.textAlign = 'left';
  context.fillText('?', x + 3, y - 3);
}

type Point = readonly [x: number, y: number];

/** With a rim in the colour of the page: it stands out on a bar of any colour. */
function fill(context: CanvasRenderingContext2D, colour: string, rim: string, ...points: readonly Point[]): void {
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.closePath();
  context.strokeStyle = rim;
  context.lineWidth = 2;
  context.stroke();
  context.fillStyle = colour;
  context.fill();
}

type Line = readonly [x1: number, y1: number, x2: number, y2: number];

function strokes(context: CanvasRenderingContext2D, colour: string, rim: string, lines: readonly Line[]): void {
  context.beginPath();
  for (const [x1, y1, x2, y2] of lines) {
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
  }
  context.lineCap = 'round';
  context.strokeStyle = rim;
  context.lineWidth = 4;
  context.stroke();
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.stroke();
  context.lineCap = 'butt';
}

function ring(context: CanvasRenderingContext2D, colour: string, rim: string, x: number, y: number): void {
  context.beginPath();
  context.arc(x, y, 4, 0, 2 * Math.PI);
  context.fillStyle = rim;
  context.fill();
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.stroke();
}

function box(context: CanvasRenderingContext2D, colour: string, rim: string, x: number, y: number): void {
  context.fillStyle = rim;
  context.fillRect(x - 4, y - 4, 8, 8);
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.strokeRect(x - 3, y - 3, 6, 6);
}
