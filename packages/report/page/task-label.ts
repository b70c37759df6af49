import { statuses } from '../src/data.js';
import { element } from './dom.js';
import type { Model } from './model.js';
import type { Row } from './rows.js';
import { shown } from './shown.js';

/** The name of a row, with what a reader who does not see the bars has to know. */
export function taskLabel(model: Model, row: Row, index: number, size: number, selected: boolean): HTMLElement {
  if (row.kind === 'namespace') {
    const name = row.name === '' ? 'system' : row.name;
    const tasks = row.name === '' ? '' : `${row.tasks} ${row.tasks === 1 ? 'task' : 'tasks'}`;
    return element(
      'div',
      { class: 'label namespace', role: 'presentation' },
      element('span', { class: 'name' }, shown(name)),
      element('span', { class: 'note' }, tasks),
    );
  }
  const { namespace, task } = model.data.streams[row.stream] ?? { namespace: '', task: '' };
  const name = task === '' ? 'events of no task' : shown(task);
  const last = lastState(model, row.stream);
  return element(
    'div',
    {
      class: 'label task',
      id: `row-${index}`,
      role: 'option',
      title: name,
      'aria-selected': String(selected),
      'aria-posinset': index + 1,
      'aria-setsize': size,
      'aria-label': `${name}, namespace ${shown(namespace)}, ${last}, ${model.byStream[row.stream]?.length ?? 0} events`,
    },
    element('span', { class: 'name' }, name),
    element('span', { class: 'note' }, last),
  );
}

/** `running`, `exit 0`, `deleted`: at the end of the span. */
export function lastState(model: Model, stream: number): string {
  const { bars = [], task } = model.data.streams[stream] ?? {};
  if (task === '') return '';
  const last = bars.at(-1);
  if (last?.[2] === null) {
    const status = statuses[last[0]] ?? '';
    return status === 'stopped' ? (exitText(model, stream) ?? status) : status;
  }
  return exitText(model, stream) ?? (bars.length > 0 ? 'deleted' : '');
}

function exitText(model: Model, stream: number): string | undefined {
  const events = model.byStream[stream] ?? new Uint32Array();
  for (let at = events.length - 1; at >= 0; at -= 1) {
    const event = events[at] ?? -1;
    if (model.typeOf(event) === '/tasks/create-failed') return 'failed';
    const exit = model.exits.get(event);
    if (exit)
      return exit.certainty === 'unknown' ? 'exit ?' : `exit ${exit.status}${exit.certainty === 'observed' ? '' : '?'}`;
  }
  return undefined;
}
