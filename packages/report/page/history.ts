/** The story of one task, or of all: what happened, in order, and who did it. */

import { Details } from './details.js';
import { button, element } from './dom.js';
import { EventList } from './event-list.js';
import { shown } from './shown.js';
import type { State } from './state.js';
import { lastState } from './task-label.js';
import { shortTime } from './time-text.js';

export class History {
  readonly element: HTMLElement;
  readonly list: EventList;
  readonly #title = element('h2', { id: 'history-title' });
  readonly #note = element('p', { class: 'note' });
  readonly #close: HTMLButtonElement;
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
    this.list = new EventList(state);
    this.#close = button('All events', 'Show the events of all tasks (Esc)', () => state.open(undefined));
    this.element = element(
      'section',
      { class: 'history', 'aria-labelledby': 'history-title' },
      element('div', { class: 'heading' }, this.#title, this.#note, this.#close),
      this.list.element,
      new Details(state).element,
    );
    state.onChange(() => this.#draw());
    this.#draw();
  }

  #draw(): void {
    const { opened, model } = this.#state;
    this.#close.hidden = opened === undefined;
    this.element.classList.toggle('of-task', opened !== undefined);
    if (opened === undefined) {
      this.#title.textContent = 'Events';
      this.#note.textContent = 'of all tasks that are shown';
      return;
    }
    const { namespace = '', task = '', bars = [] } = model.data.streams[opened] ?? {};
    this.#title.textContent = task === '' ? 'Events of no task' : shown(task);
    const since = bars[0] && `since ${shortTime(bars[0][1])}`;
    const parts = [namespace && shown(namespace), lastState(model, opened), since];
    this.#note.textContent = parts.filter(Boolean).join(' · ');
  }
}
