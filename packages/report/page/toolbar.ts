/** What is filtered by: kinds of events, each with its number and its sign, and fields. */
import { kinds } from '../src/kinds.js';
import { button, element, fitCanvas } from './dom.js';
import { drawMark } from './draw-marks.js';
import { everything } from './filter.js';
import { kindNames, namedKinds } from './kind-names.js';
import { readPalette } from './palette.js';
import { shown } from './shown.js';
import type { State } from './state.js';

export class Toolbar {
  readonly element: HTMLElement;
  readonly search = element('input', {
    type: 'search',
    name: 'text',
    placeholder: 'Search events  (/)',
    'aria-label': 'Text in an event: type, task, user, summary, request',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  readonly #task = element('input', {
    type: 'search',
    name: 'task',
    placeholder: 'Task',
    'aria-label': 'Task',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  readonly #count = element('p', { class: 'count', role: 'status' });
  readonly #selects: readonly HTMLSelectElement[];
  readonly #chips: HTMLElement;
  readonly #clear: HTMLButtonElement;
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
    const { data } = state.model;
    const namespaces = [...new Set(data.streams.map(({ namespace }) => namespace))].sort();
    const unique = (names: readonly string[]) => [...new Set(names)].sort();
    this.#selects = [
      select(
        'namespace',
        'All namespaces',
        namespaces,
        (name) => (name === '' ? 'system' : name),
        (namespace) => state.setFilter({ namespace }),
      ),
      select('user', 'Everybody', unique(state.model.actorNames), shown, (user) => state.setFilter({ user })),
      select('type', 'All types', unique(data.types), shown, (type) => state.setFilter({ type })),
    ];
    this.#chips = this.#makeChips();
    this.#clear = button('Clear', 'Show everything again', () => this.clear());
    onTyping(this.search, (text) => state.setFilter({ text }));
    onTyping(this.#task, (task) => state.setFilter({ task: task.trim() }));
    const [namespace, user, type] = this.#selects;
    if (!namespace || !user || !type) throw new Error('a field is missing');
    this.element = element(
      'search',
      { class: 'toolbar', 'aria-label': 'Filter' },
      this.#chips,
      element('div', { class: 'fields' }, this.search, namespace, this.#task, user, type, this.#clear, this.#count),
    );
    state.onChange(() => this.#draw());
    this.#draw();
  }

  clear(): void {
    this.search.value = '';
    this.#task.value = '';
    for (const field of this.#selects) field.value = 'all';
    this.#state.setFilter(everything);
  }

  #makeChips(): HTMLElement {
    const { model } = this.#state;
    const counts = kinds.map(() => 0);
    for (const kind of model.kind) counts[kind] = (counts[kind] ?? 0) + 1;
    const chips = namedKinds.flatMap((kind) => {
      const count = counts[kinds.indexOf(kind)] ?? 0;
      if (count === 0 && kind !== 'failure' && kind !== 'oom' && kind !== 'recovery') return [];
      const sign = element('canvas', { class: 'sign', 'aria-hidden': true });
      const chip = element(
        'button',
        { type: 'button', class: 'chip', 'data-kind': kind, 'aria-pressed': 'false', disabled: count === 0 },
        sign,
        element('b', {}, count.toLocaleString('en-US')),
        ` ${count === 1 ? kindNames[kind].replace(/ies$/, 'y').replace(/s$/, '') : kindNames[kind]}`,
      );
      const draw = () => drawMark(fitCanvas(sign, 14, 14), kind, 7, 7, readPalette());
      draw();
      matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
      chip.addEventListener('click', () => {
        const chosen = new Set(this.#state.filter.kinds);
        if (!chosen.delete(kind)) chosen.add(kind);
        this.#state.setFilter({ kinds: chosen });
      });
      return [chip];
    });
    return element('div', { class: 'chips', role: 'group', 'aria-label': 'Kinds of events' }, ...chips);
  }

  #draw(): void {
    const { filtered, model, filter, rows } = this.#state;
    for (const chip of this.#chips.querySelectorAll<HTMLElement>('.chip')) {
      const pressed = [...filter.kinds].some((kind) => kind === chip.dataset.kind);
      chip.setAttribute('aria-pressed', String(pressed));
    }
    const tasks = rows.filter((row) => row.kind === 'task' && model.data.streams[row.stream]?.task !== '').length;
    const all = model.count.toLocaleString('en-US');
    const some = filtered.events.length.toLocaleString('en-US');
    const events = filtered.events.length === model.count ? `${all} events` : `${some} of ${all} events`;
    const text = `${tasks.toLocaleString('en-US')} ${tasks === 1 ? 'task' : 'tasks'}, ${events}`;
    if (this.#count.textContent !== text) this.#count.textContent = text;
    const { kinds: chosen, ...fields } = filter;
    this.#clear.disabled =
      chosen.size === 0 && Object.values(fields).every((value) => value === undefined || value === '');
  }
}

function select(
  name: string,
  all: string,
  values: readonly string[],
  label: (value: string) => string,
  onChoice: (value: string | undefined) => void,
): HTMLSelectElement {
  const field = element('select', { name, 'aria-label': name });
  field.append(element('option', { value: 'all' }, all));
  // By number: a value may be any text, also `all`.
  for (const [number, value] of values.entries())
    field.append(element('option', { value: number }, shown(label(value))));
  field.addEventListener('change', () => onChoice(field.value === 'all' ? undefined : values[Number(field.value)]));
  return field;
}

/** A pause in the typing is long enough to look through everything. */
const pause = 120;

function onTyping(field: HTMLInputElement, change: (text: string) => void): void {
  let timer = 0;
  field.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => change(field.value), pause);
  });
}
