/** The page at the keys: the timeline, the history behind Enter, and back by Esc. */
import type { History } from './history.js';
import type { State } from './state.js';
import type { Timeline } from './timeline.js';
import type { Toolbar } from './toolbar.js';

export interface Parts {
  readonly state: State;
  readonly timeline: Timeline;
  readonly history: History;
  readonly toolbar: Toolbar;
}

export function listenToKeys({ state, timeline, history, toolbar }: Parts): void {
  const { window: view } = state;
  const step = 0.15;
  const inTime: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => view.pan(-step),
    ArrowRight: () => view.pan(step),
    '+': () => view.zoom(0.5, focus(state)),
    '=': () => view.zoom(0.5, focus(state)),
    '-': () => view.zoom(2, focus(state)),
    '0': () => view.all(),
    v: () => state.toggleOnlyInView(),
  };
  listen(timeline.rows, {
    ...inTime,
    ArrowUp: () => state.moveRow(-1),
    ArrowDown: () => state.moveRow(1),
    PageUp: () => state.moveRow(-timeline.page),
    PageDown: () => state.moveRow(timeline.page),
    Home: () => state.moveRow(-state.rows.length),
    End: () => state.moveRow(state.rows.length),
    Enter: () => {
      const stream = state.streamOfRow();
      if (stream === undefined) return;
      state.open(stream);
      history.list.element.focus();
    },
    Escape: () => (state.opened === undefined ? toolbar.clear() : state.open(undefined)),
  });
  listen(history.list.element, {
    ...inTime,
    ArrowUp: () => history.list.move(-1),
    ArrowDown: () => history.list.move(1),
    PageUp: () => history.list.move(-history.list.page),
    PageDown: () => history.list.move(history.list.page),
    Home: () => history.list.move(-state.model.count),
    End: () => history.list.move(state.model.count),
    Enter: () => {
      const stream = state.event === undefined ? undefined : state.model.stream[state.event];
      if (stream !== undefined) state.open(stream);
    },
    Escape: () => {
      if (state.event !== undefined) return state.selectEvent(undefined);
      state.open(undefined);
      timeline.rows.focus();
    },
  });
  listen(toolbar.search, { Escape: () => timeline.rows.focus() });
  document.addEventListener('keydown', (event) => {
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (event.key !== '/' || typing || modified(event)) return;
    event.preventDefault();
    toolbar.search.focus();
  });
}

/** What a zoom comes closer to: the selected event, where it is in view. */
function focus({ model, event, window: view }: State): number | undefined {
  const at = event === undefined ? undefined : model.time[event];
  return at !== undefined && at >= view.from && at <= view.to ? at : undefined;
}

function listen(element: HTMLElement, keys: Readonly<Record<string, () => void>>): void {
  element.addEventListener('keydown', (event) => {
    const action = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
    if (!action || modified(event)) return;
    event.preventDefault();
    action();
  });
}

/** The browser's own: its zoom, its history. */
function modified({ ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return ctrlKey || metaKey || altKey;
}
