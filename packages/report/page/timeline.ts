/** The timeline: names on the left as elements, so that they can be read aloud, bars and marks beside them on a canvas. */
import { button, element, fitCanvas, onceAFrame } from './dom.js';
import { drawAxis, drawGrid } from './draw-axis.js';
import { drawRows, eventsInView, rowHeight, type Scene, type SpottedEvent, timeAt } from './draw-rows.js';
import { readPalette } from './palette.js';
import type { State } from './state.js';
import { taskLabel } from './task-label.js';
import { windowText } from './time-text.js';
import { Tooltip } from './tooltip.js';

const axisHeight = 26;

export class Timeline {
  readonly element: HTMLElement;
  readonly rows: HTMLElement;
  readonly #state: State;
  readonly #axis = element('canvas', { class: 'axis', 'aria-hidden': true });
  readonly #canvas = element('canvas', { class: 'bars', 'aria-hidden': true });
  readonly #labels = element('div', { class: 'labels' });
  readonly #spacer = element('div', { class: 'spacer' });
  readonly #where = element('p', { class: 'where', 'aria-live': 'polite' });
  readonly #tooltip = new Tooltip();
  readonly #draw = onceAFrame(() => this.#drawNow());
  #palette = readPalette();
  #shownRow = -1;

  constructor(state: State, onOpen: () => void) {
    this.#state = state;
    const { window: view } = state;
    const inView = button('In view', 'Only tasks of which something is in view (v)', () => state.toggleOnlyInView());
    const zoom = element(
      'div',
      { class: 'zoom', role: 'group', 'aria-label': 'Zoom' },
      inView,
      button('−', 'Zoom out (-)', () => view.zoom(2)),
      button('+', 'Zoom in (+)', () => view.zoom(0.5)),
      button('All', 'The whole span (0)', () => view.all()),
    );
    this.rows = element('div', {
      class: 'rows',
      tabindex: 0,
      role: 'listbox',
      'aria-label': 'Tasks. Arrows: move and pan. Plus and minus: zoom. Enter: history.',
    });
    this.rows.append(element('div', { class: 'pane', role: 'presentation' }, this.#labels, this.#canvas), this.#spacer);
    this.element = element(
      'section',
      { class: 'timeline', 'aria-label': 'Timeline' },
      element('div', { class: 'corner' }, this.#where, zoom),
      element('div', { class: 'axis-box' }, this.#axis),
      this.rows,
      this.#tooltip.element,
    );
    this.rows.addEventListener('scroll', this.#draw, { passive: true });
    this.#listenToPointer(onOpen);
    new ResizeObserver(this.#draw).observe(this.rows);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#palette = readPalette();
      this.#draw();
    });
    state.onChange(this.#draw);
    state.onChange(() => inView.setAttribute('aria-pressed', String(state.onlyInView)));
    inView.setAttribute('aria-pressed', 'false');
  }

  /** Tasks that fit between top and bottom. */
  get page(): number {
    return Math.max(1, Math.floor(this.rows.clientHeight / rowHeight) - 1);
  }

  #sceneFor(width: number): Scene {
    const { model, window: view, filtered, event } = this.#state;
    return {
      model,
      view: { from: view.from, to: view.to, width },
      palette: this.#palette,
      passes: filtered.passes,
      selectedStream: this.#state.streamOfRow(),
      selectedEvent: event,
    };
  }

  #drawNow(): void {
    const { rows, window: view, model, row } = this.#state;
    const content = rows.length * rowHeight;
    this.#spacer.style.height = `${content}px`;
    const height = this.rows.clientHeight;
    if (row !== this.#shownRow) this.#scrollTo(row, height);
    this.#shownRow = row;
    const labelWidth = this.#labels.clientWidth;
    const width = Math.max(1, this.rows.clientWidth - labelWidth);
    const scene = this.#sceneFor(width);
    const top = this.rows.scrollTop;
    const first = Math.max(0, Math.floor(top / rowHeight));
    const context = fitCanvas(this.#canvas, width, height);
    drawGrid(context, model.base, scene.view, this.#palette, height);
    drawRows(context, scene, rows, first, first * rowHeight - top, height);
    const axis = fitCanvas(this.#axis, width, axisHeight);
    drawAxis(axis, model.base, scene.view, this.#palette, axisHeight);
    this.#where.textContent = windowText(model.base, view.from, view.to);
    this.#drawLabels(first, first * rowHeight - top, height);
  }

  #scrollTo(row: number, height: number): void {
    const top = row * rowHeight;
    // The heading of its namespace stays in sight.
    const above = this.#state.rows[row - 1]?.kind === 'namespace' ? rowHeight : 0;
    if (top - above < this.rows.scrollTop) this.rows.scrollTop = top - above;
    else if (top + rowHeight > this.rows.scrollTop + height) this.rows.scrollTop = top + rowHeight - height;
  }

  #drawLabels(first: number, top: number, height: number): void {
    const { rows, model, row: current } = this.#state;
    const made: HTMLElement[] = [];
    for (let index = first, y = top; index < rows.length && y < height; index += 1, y += rowHeight) {
      const row = rows[index];
      if (!row) break;
      const label = taskLabel(model, row, index, rows.length, index === current);
      label.style.transform = `translateY(${y}px)`;
      made.push(label);
    }
    this.#labels.replaceChildren(...made);
    const selected = rows[current]?.kind === 'task' ? `row-${current}` : undefined;
    if (selected) this.rows.setAttribute('aria-activedescendant', selected);
    else this.rows.removeAttribute('aria-activedescendant');
  }

  #listenToPointer(onOpen: () => void): void {
    const { window: view } = this.#state;
    let drag: { readonly x: number; moved: boolean } | undefined;
    let last = 0;
    this.rows.addEventListener(
      'wheel',
      (event) => {
        const across = event.shiftKey ? event.deltaY : event.deltaX;
        if (event.ctrlKey || event.metaKey) {
          event.preventDefault();
          view.zoom(1.0015 ** event.deltaY, this.#timeUnder(event));
        } else if (Math.abs(across) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
          event.preventDefault();
          view.pan(across / Math.max(1, this.#canvas.clientWidth));
        }
      },
      { passive: false },
    );
    this.#canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      drag = { x: event.clientX, moved: false };
      last = event.clientX;
      this.#canvas.setPointerCapture(event.pointerId);
    });
    this.#canvas.addEventListener('pointermove', (event) => {
      if (!drag) return this.#showTooltip(event);
      if (Math.abs(event.clientX - drag.x) > 3) drag.moved = true;
      if (!drag.moved) return;
      this.#tooltip.hide();
      view.pan((last - event.clientX) / Math.max(1, this.#canvas.clientWidth));
      last = event.clientX;
    });
    this.#canvas.addEventListener('pointerleave', () => this.#tooltip.hide());
    this.#canvas.addEventListener('pointercancel', () => {
      drag = undefined;
    });
    this.#canvas.addEventListener('pointerup', (event) => {
      const click = drag?.moved === false;
      drag = undefined;
      if (click) this.#click(event, onOpen);
    });
    this.#canvas.addEventListener('dblclick', (event) => view.zoom(0.4, this.#timeUnder(event)));
    this.#labels.addEventListener('click', (event) => {
      const row = this.#rowUnder(event);
      if (row?.kind !== 'task') return;
      this.#state.open(row.stream);
      onOpen();
    });
  }

  #click(event: PointerEvent, onOpen: () => void): void {
    const row = this.#rowUnder(event);
    if (row?.kind !== 'task') return;
    this.#state.open(row.stream);
    const found = this.#eventUnder(event, row.stream);
    if (found) this.#state.selectEvent(found.event);
    onOpen();
  }

  #rowUnder(event: MouseEvent) {
    const y = event.clientY - this.rows.getBoundingClientRect().top + this.rows.scrollTop;
    return this.#state.rows[Math.floor(y / rowHeight)];
  }

  #timeUnder(event: MouseEvent): number {
    const { left, width } = this.#canvas.getBoundingClientRect();
    return timeAt(this.#sceneFor(width).view, event.clientX - left);
  }

  #eventUnder(event: MouseEvent, stream: number): SpottedEvent | undefined {
    const { left, width } = this.#canvas.getBoundingClientRect();
    const x = event.clientX - left;
    let nearest: SpottedEvent | undefined;
    let distance = 9;
    for (const spotted of eventsInView(this.#sceneFor(width), stream)) {
      if (Math.abs(spotted.x - x) >= distance) continue;
      distance = Math.abs(spotted.x - x);
      nearest = spotted;
    }
    return nearest;
  }

  #showTooltip(event: PointerEvent): void {
    const row = this.#rowUnder(event);
    const found = row?.kind === 'task' ? this.#eventUnder(event, row.stream) : undefined;
    const { model } = this.#state;
    if (row?.kind !== 'task') this.#tooltip.hide();
    else if (found) this.#tooltip.showEvent(model, found.event, found.count - 1, event);
    else this.#tooltip.showBar(model, row.stream, this.#timeUnder(event), event);
  }
}
