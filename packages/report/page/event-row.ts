import { element } from './dom.js';
import type { Model } from './model.js';
import { shown } from './shown.js';

const day = 24 * 3600 * 1000;

export interface EventRowOptions {
  readonly selected: boolean;
  /** Where events of several tasks stand together. */
  readonly withTask: boolean;
}

export function eventRow(model: Model, event: number, { selected, withTask }: EventRowOptions): HTMLElement {
  const { namespace, task } = model.streamOf(event);
  const kind = model.kindOf(event);
  const time = model.timeTextOf(event);
  const severalDays = model.length > day;
  const summary = shown(model.summaryOf(event));
  return element(
    'div',
    { class: `event ${kind}`, role: 'option', 'aria-selected': String(selected) },
    element('span', { class: 'position' }, String(model.position[event])),
    element('span', { class: 'time', title: time }, severalDays ? time.slice(5, 19) : time.slice(11, 23)),
    withTask && element('span', { class: 'task', title: shown(`${namespace}/${task}`) }, shown(task)),
    element(
      'span',
      { class: 'type', title: shown(model.typeOf(event)) },
      shown(model.typeOf(event).replace(/^\/tasks\//, '')),
    ),
    element('span', { class: 'who', title: model.actorNameOf(event) }, model.shortActorOf(event)),
    element('span', { class: 'summary', title: summary }, summary),
  );
}
