/** What is looked at: one place, and everybody who draws listens to it. */
import { applyFilter, everything, type Filter, type Filtered } from './filter.js';
import type { Model } from './model.js';
import { isInView, type Row, rowsOf } from './rows.js';
import { TimeWindow } from './time-window.js';

export class State {
  readonly model: Model;
  readonly window: TimeWindow;
  filter: Filter = everything;
  filtered: Filtered;
  rows: readonly Row[];
  /** Whether tasks are left out of which nothing is in the window. */
  onlyInView = false;
  /** The task whose history is open. */
  opened: number | undefined;
  /** The row that the arrow keys are on. */
  row: number;
  event: number | undefined;
  readonly #listeners: (() => void)[] = [];

  constructor(model: Model) {
    this.model = model;
    this.window = new TimeWindow(model.length);
    this.filtered = applyFilter(model, this.filter);
    this.rows = rowsOf(model, this.filtered.streams);
    this.row = this.#nearestTask(0, 1);
    this.window.onChange(() => {
      if (this.onlyInView) this.#makeRows();
      this.changed();
    });
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  setFilter(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change };
    this.filtered = applyFilter(this.model, this.filter);
    this.#makeRows();
    if (this.event !== undefined && this.filtered.passes[this.event] !== 1) this.event = undefined;
    this.changed();
  }

  toggleOnlyInView(): void {
    this.onlyInView = !this.onlyInView;
    this.#makeRows();
    this.changed();
  }

  /** The row that the keys are on stays with its task, where that is still there. */
  #makeRows(): void {
    const stream = this.streamOfRow();
    const { model, filtered, window: view, onlyInView } = this;
    const streams = onlyInView ? filtered.streams.filter((one) => isInView(model, one, view)) : filtered.streams;
    this.rows = rowsOf(model, streams);
    const same = this.rows.findIndex((row) => row.kind === 'task' && row.stream === stream);
    this.row = same >= 0 ? same : this.#nearestTask(0, 1);
  }

  streamOfRow(): number | undefined {
    const row = this.rows[this.row];
    return row?.kind === 'task' ? row.stream : undefined;
  }

  /** Up or down by so many tasks. */
  moveRow(by: number): void {
    const target = Math.min(Math.max(0, this.row + by), this.rows.length - 1);
    this.goToRow(this.#nearestTask(target, by < 0 ? -1 : 1));
  }

  goToRow(row: number): void {
    this.row = row;
    if (this.opened !== undefined) this.opened = this.streamOfRow() ?? this.opened;
    this.changed();
  }

  open(stream: number | undefined): void {
    this.opened = stream;
    const row = this.rows.findIndex((candidate) => candidate.kind === 'task' && candidate.stream === stream);
    if (row >= 0) this.row = row;
    if (this.event !== undefined && stream !== undefined && this.model.stream[this.event] !== stream) {
      this.event = undefined;
    }
    this.changed();
  }

  selectEvent(event: number | undefined): void {
    this.event = event;
    if (event !== undefined) {
      this.window.reveal(this.model.time[event] ?? 0);
      const stream = this.model.stream[event];
      const row = this.rows.findIndex((candidate) => candidate.kind === 'task' && candidate.stream === stream);
      if (row >= 0) this.row = row;
    }
    this.changed();
  }

  /** Headings are no tasks: the next row in that direction that is one, or the last in the other. */
  #nearestTask(row: number, direction: 1 | -1): number {
    for (const step of [direction, -direction]) {
      for (let at = row; at >= 0 && at < this.rows.length; at += step) if (this.rows[at]?.kind === 'task') return at;
    }
    return 0;
  }
}
