import { statuses } from '../src/data.js';
import { element } from './dom.js';
import type { Model } from './model.js';
import { shown } from './shown.js';
import { durationText, shortTime } from './time-text.js';

export class Tooltip {
  readonly element = element('div', { class: 'tooltip', hidden: true, role: 'presentation' });

  hide(): void {
    this.element.hidden = true;
  }

  /** @param others how many more events stand on the same spot */
  showEvent(model: Model, event: number, others: number, at: MouseEvent): void {
    this.#show(at, [
      element('b', {}, shown(model.typeOf(event))),
      element('span', {}, shown(model.summaryOf(event))),
      element('span', { class: 'note' }, `${model.timeTextOf(event)} · ${model.actorNameOf(event)}`),
      ...(others > 0 ? [element('span', { class: 'note' }, `and ${others} more here: zoom in`)] : []),
    ]);
  }

  /** What the task was at an instant. */
  showBar(model: Model, stream: number, time: number, at: MouseEvent): void {
    const { bars = [] } = model.data.streams[stream] ?? {};
    const bar = bars.find(
      ([, since, until]) => since - model.base <= time && (until === null || until - model.base >= time),
    );
    if (!bar) {
      this.hide();
      return;
    }
    const [status, since, until] = bar;
    this.#show(at, [
      element('b', {}, statuses[status] ?? ''),
      element('span', {}, until === null ? 'and so it was at the end' : `for ${durationText(until - since)}`),
      element('span', { class: 'note' }, `since ${shortTime(since)}`),
    ]);
  }

  #show(at: MouseEvent, content: readonly HTMLElement[]): void {
    this.element.replaceChildren(...content);
    this.element.hidden = false;
    const { width, height } = this.element.getBoundingClientRect();
    const left = Math.min(at.clientX + 14, innerWidth - width - 8);
    const top = at.clientY + 18 + height > innerHeight ? at.clientY - height - 12 : at.clientY + 18;
    this.element.style.left = `${Math.max(8, left)}px`;
    this.element.style.top = `${Math.max(8, top)}px`;
  }
}
