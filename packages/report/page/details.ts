/** All that is known of the event that is selected. */
import { element } from './dom.js';
import { shown } from './shown.js';
import type { State } from './state.js';

export class Details {
  readonly element = element('div', {
    class: 'details',
    role: 'region',
    'aria-label': 'The event',
    'aria-live': 'polite',
  });
  readonly #state: State;
  #shown: number | undefined;

  constructor(state: State) {
    this.#state = state;
    state.onChange(() => this.#draw());
    this.element.hidden = true;
  }

  #draw(): void {
    const { event, model } = this.#state;
    if (event === this.#shown) return;
    this.#shown = event;
    this.element.hidden = event === undefined;
    if (event === undefined) return;
    const { events, requests, commandLines, runtimes } = model.data;
    const { namespace, task } = model.streamOf(event);
    const actor = model.actorOf(event);
    const facts: readonly (readonly [name: string, value: string])[] = [
      ['Event', `${model.typeOf(event)} at position ${model.position[event]}`],
      ['Time', `${model.timeTextOf(event)} UTC`],
      ['Task', task === '' ? '' : `${task} in ${namespace}, version ${events.version[event]}`],
      ['Who', model.actorNameOf(event)],
      ['Ticket', actor?.ticket ?? ''],
      ['Process', `${actor?.command ?? ''} (pid ${events.pid[event]}, gid ${actor?.gid})`],
      ['Command', commandLines[events.request[event] ?? -1] ?? ''],
      ['Request', requests[events.request[event] ?? -1] ?? ''],
      ['Runtime', runtimes[events.runtime[event] ?? -1] ?? ''],
    ];
    const list = element('dl', {});
    for (const [name, value] of [...facts, ...payloadOf(events.payload[event])]) {
      if (value !== '')
        list.append(element('div', {}, element('dt', {}, shown(name)), element('dd', {}, shown(value))));
    }
    this.element.replaceChildren(list);
  }
}

function payloadOf(payload: string | undefined): readonly (readonly [name: string, value: string])[] {
  const event: Readonly<Record<string, unknown>> = JSON.parse(payload ?? '{}');
  return Object.entries(event).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
}
