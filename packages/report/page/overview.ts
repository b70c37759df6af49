/** The whole span, as how many events there were when; the part in view is a window in it, to be dragged. */
import { element, fitCanvas, onceAFrame } from './dom.js';
import { readPalette } from './palette.js';
import type { State } from './state.js';

const height = 44;
const bucketWidth = 3;

export class Overview {
  readonly element: HTMLElement;
  readonly #canvas = element('canvas', { 'aria-hidden': true });
  readonly #state: State;
  readonly #draw = onceAFrame(() => this.#drawNow());

  constructor(state: State) {
    this.#state = state;
    this.element = element('div', { class: 'overview' }, this.#canvas);
    new ResizeObserver(this.#draw).observe(this.element);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', this.#draw);
    state.onChange(this.#draw);
    this.#listenToPointer();
  }

  #drawNow(): void {
    const { model, window: view, filtered } = this.#state;
    const width = Math.max(1, this.element.clientWidth);
    const context = fitCanvas(this.#canvas, width, height);
    const palette = readPalette();
    const buckets = new Uint32Array(Math.ceil(width / bucketWidth));
    const troubles = new Uint32Array(buckets.length);
    for (const event of filtered.events) {
      const share = (model.time[event] ?? 0) / model.length;
      const bucket = Math.min(buckets.length - 1, Math.max(0, Math.floor(share * buckets.length)));
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
      const kind = model.kindOf(event);
      if (kind === 'failure' || kind === 'oom') troubles[bucket] = (troubles[bucket] ?? 0) + 1;
    }
    const most = buckets.reduce((left, right) => Math.max(left, right), 1);
    const [left, right] = [(view.from / model.length) * width, (view.to / model.length) * width];
    const whole = view.from === 0 && view.to === model.length;
    buckets.forEach((count, bucket) => {
      if (count === 0) return;
      const x = bucket * bucketWidth;
      const tall = Math.max(2, (Math.sqrt(count) / Math.sqrt(most)) * (height - 8));
      context.fillStyle = whole || (x + bucketWidth >= left && x <= right) ? palette.muted : palette.stopped;
      context.fillRect(x, height - tall, bucketWidth - 1, tall);
      if ((troubles[bucket] ?? 0) === 0) return;
      context.fillStyle = palette.failure;
      context.fillRect(x, height - tall - 3, bucketWidth - 1, 3);
    });
    if (whole) return;
    context.strokeStyle = palette.accent;
    context.lineWidth = 1.5;
    context.strokeRect(left + 0.75, 0.75, Math.max(2, right - left - 1.5), height - 1.5);
  }

  #listenToPointer(): void {
    const { window: view } = this.#state;
    let start: number | undefined;
    const share = (event: PointerEvent) => {
      const { left, width } = this.element.getBoundingClientRect();
      return Math.min(1, Math.max(0, (event.clientX - left) / Math.max(1, width)));
    };
    let grabbed: number | undefined;
    this.#canvas.addEventListener('pointerdown', (event) => {
      const at = share(event) * view.length;
      this.#canvas.setPointerCapture(event.pointerId);
      const inside = at >= view.from && at <= view.to && view.to - view.from < view.length;
      if (inside) grabbed = at - view.from;
      else start = at;
    });
    this.#canvas.addEventListener('pointermove', (event) => {
      const at = share(event) * view.length;
      if (grabbed !== undefined) view.set(at - grabbed, at - grabbed + (view.to - view.from));
      else if (start !== undefined && Math.abs(at - start) > view.length / 200) {
        view.set(Math.min(start, at), Math.max(start, at));
      }
    });
    const end = () => {
      start = undefined;
      grabbed = undefined;
    };
    this.#canvas.addEventListener('pointerup', end);
    this.#canvas.addEventListener('pointercancel', end);
    this.#canvas.addEventListener('dblclick', () => view.all());
  }
}
