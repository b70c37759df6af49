/** The events as rows: of the task that is open, or all that pass the filter. Only those in view are elements. */
import { element, onceAFrame } from './dom.js';
import { eventRow } from './event-row.js';
import type { State } from './state.js';

const rowHeight = 24;

export class EventList {
  readonly element: HTMLElement;
  readonly #state: State;
  readonly #spacer = element('div', { class: 'spacer' });
  readonly #pane = element('div', { class: 'pane', role: 'presentation' });
  readonly #draw = onceAFrame(() => this.#drawNow());
  #shown: { readonly opened: number | undefined; readonly event: number | undefined } | undefined;
  #events: Uint32Array = new Uint32Array();
  /** What the events were found by. */
  #source: Pick<State, 'opened' | 'filtered'> | undefined;

  constructor(state: State) {
    this.#state = state;
    this.element = element('div', { class: 'events', tabindex: 0, role: 'listbox', 'aria-label': 'Events' });
    this.element.append(this.#pane, this.#spacer);
    this.element.addEventListener('scroll', this.#draw, { passive: true });
    this.element.addEventListener('click', (event) => {
      const y = event.clientY - this.element.getBoundingClientRect().top + this.element.scrollTop;
      const found = this.events[Math.floor(y / rowHeight)];
      if (found !== undefined) state.selectEvent(found);
    });
    new ResizeObserver(this.#draw).observe(this.element);
    state.onChange(this.#draw);
  }

  /** Those that it lists, in order. */
  get events(): Uint32Array {
    const { opened, filtered, model } = this.#state;
    const { opened: before, filtered: beforeFiltered } = this.#source ?? {};
    if (before === opened && beforeFiltered === filtered) return this.#events;
    this.#source = { opened, filtered };
    this.#events =
      opened === undefined
        ? filtered.events
        : (model.byStream[opened] ?? new Uint32Array()).filter((event) => filtered.passes[event] === 1);
    return this.#events;
  }

  get page(): number {
    return Math.max(1, Math.floor(this.element.clientHeight / rowHeight) - 1);
  }

  /** To the next event, or by so many. */
  move(by: number): void {
    const { events } = this;
    if (events.length === 0) return;
    const at = this.#state.event === undefined ? -1 : events.indexOf(this.#state.event);
    const start = at >= 0 ? at : by > 0 ? -1 : events.length;
    const target = Math.min(Math.max(0, start + by), events.length - 1);
    this.#state.selectEvent(events[target]);
  }

  #drawNow(): void {
    const { opened, event, model } = this.#state;
    const { events } = this;
    this.#spacer.style.height = `${events.length * rowHeight}px`;
    const height = this.element.clientHeight;
    if (this.#shown?.opened !== opened) this.element.scrollTop = 0;
    if (event !== undefined && (this.#shown?.event !== event || this.#shown.opened !== opened)) {
      this.#scrollTo(events.indexOf(event), height);
    }
    this.#shown = { opened, event };
    const first = Math.max(0, Math.floor(this.element.scrollTop / rowHeight));
    const offset = first * rowHeight - this.element.scrollTop;
    const rows: HTMLElement[] = [];
    for (let at = first; at < events.length && offset + (at - first) * rowHeight < height; at += 1) {
      const number = events[at] ?? 0;
      const row = eventRow(model, number, { selected: number === event, withTask: opened === undefined });
      row.id = `event-${number}`;
      row.setAttribute('aria-posinset', String(at + 1));
      row.setAttribute('aria-setsize', String(events.length));
      row.style.transform = `translateY(${offset + (at - first) * rowHeight}px)`;
      rows.push(row);
    }
    this.#pane.replaceChildren(...rows);
    this.element.classList.toggle('empty', events.length === 0);
    if (event !== undefined && rows.some(({ id }) => id === `event-${event}`)) {
      this.element.setAttribute('aria-activedescendant', `event-${event}`);
    } else this.element.removeAttribute('aria-activedescendant');
  }

  #scrollTo(at: number, height: number): void {
    if (at < 0) return;
    const top = at * rowHeight;
    const { scrollTop } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + rowHeight > scrollTop + height) this.element.scrollTop = top + rowHeight - height;
  }
}
