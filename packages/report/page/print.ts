/** Paper shows no part of a list: what is in view goes on it as a picture of its own, and the events as a table. */
import { element, fitCanvas } from './dom.js';
import { drawAxis, drawGrid } from './draw-axis.js';
import { drawRows, rowHeight, type Scene } from './draw-rows.js';
import type { History } from './history.js';
import { readPalette } from './palette.js';
import { shown } from './shown.js';
import type { State } from './state.js';

const rowsOnPaper = 120;
const eventsOnPaper = 2000;
const [width, labelWidth, axisHeight] = [1000, 180, 26];

export function preparePrinting(state: State, history: History): HTMLElement {
  const paper = element('div', { class: 'paper' });
  addEventListener('beforeprint', () => paper.replaceChildren(picture(state, paper), table(state, history)));
  addEventListener('afterprint', () => paper.replaceChildren());
  return paper;
}

function picture(state: State, paper: HTMLElement): HTMLElement {
  const { model, window: view, filtered, event } = state;
  const rows = state.rows.slice(0, rowsOnPaper);
  const height = axisHeight + rows.length * rowHeight;
  const canvas = element('canvas', { role: 'img', 'aria-label': 'Timeline' });
  const context = fitCanvas(canvas, width, height);
  // As wide as the paper is.
  canvas.removeAttribute('style');
  const palette = readPalette(paper);
  const scene: Scene = {
    model,
    view: { from: view.from, to: view.to, width: width - labelWidth },
    palette,
    passes: filtered.passes,
    selectedStream: undefined,
    selectedEvent: event,
  };
  context.save();
  context.translate(labelWidth, 0);
  drawAxis(context, model.base, scene.view, palette, axisHeight);
  context.translate(0, axisHeight);
  context.beginPath();
  context.rect(0, 0, width - labelWidth, height);
  context.clip();
  drawGrid(context, model.base, scene.view, palette, height);
  drawRows(context, scene, rows, 0, 0, height);
  context.restore();
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillStyle = palette.ink;
  rows.forEach((row, index) => {
    const name = row.kind === 'namespace' ? row.name || 'system' : (model.data.streams[row.stream]?.task ?? '');
    context.font = `${row.kind === 'namespace' ? '600 ' : ''}11px system-ui, sans-serif`;
    context.fillText(
      shown(name),
      row.kind === 'namespace' ? 0 : 10,
      axisHeight + (index + 0.5) * rowHeight,
      labelWidth - 16,
    );
  });
  const left = state.rows.length - rows.length;
  return element('div', {}, canvas, left > 0 && element('p', {}, `${left} more rows are not printed: filter them.`));
}

function table(state: State, history: History): HTMLElement {
  const { model } = state;
  const events = history.list.events;
  const body = element('tbody');
  for (const event of events.subarray(0, eventsOnPaper)) {
    const { namespace, task } = model.streamOf(event);
    const cells = [
      String(model.position[event]),
      model.timeTextOf(event),
      `${namespace}/${task}`,
      model.typeOf(event),
      model.actorNameOf(event),
      model.summaryOf(event),
    ];
    body.append(element('tr', {}, ...cells.map((cell) => element('td', {}, shown(cell)))));
  }
  const titles = ['Position', 'Time (UTC)', 'Task', 'Type', 'Who', 'Summary'];
  const head = element('thead', {}, element('tr', {}, ...titles.map((title) => element('th', {}, title))));
  const left = events.length - eventsOnPaper;
  return element(
    'div',
    {},
    element('table', {}, head, body),
    left > 0 && element('p', {}, `${left.toLocaleString('en-US')} more events are not printed: filter them.`),
  );
}
