/** Where the page begins. Everything it shows lies in it; it asks nobody for anything. */
import { element } from './dom.js';
import { History } from './history.js';
import { listenToKeys } from './keyboard.js';
import { legend } from './legend.js';
import { Model } from './model.js';
import { Overview } from './overview.js';
import { preparePrinting } from './print.js';
import { readData } from './read-data.js';
import { State } from './state.js';
import { Timeline } from './timeline.js';
import { Toolbar } from './toolbar.js';

async function start(): Promise<void> {
  const [app, embedded] = [document.getElementById('app'), document.getElementById('data')];
  if (!app || !embedded) throw new Error('the page is cut short');
  const model = new Model(await readData(embedded.textContent ?? ''));
  embedded.remove();
  const state = new State(model);
  const history = new History(state);
  const timeline = new Timeline(state, () => history.list.element.scrollIntoView({ block: 'nearest' }));
  const toolbar = new Toolbar(state);
  app.replaceChildren(
    toolbar.element,
    new Overview(state).element,
    element('div', { class: 'work' }, timeline.element, history.element),
    legend(),
    preparePrinting(state, history),
  );
  if (model.count === 0) app.prepend(element('p', { class: 'nothing' }, 'There is no event in what was asked for.'));
  listenToKeys({ state, timeline, history, toolbar });
  timeline.rows.focus({ preventScroll: true });
  document.documentElement.dataset.ready = 'true';
}

start().catch((error: unknown) => {
  const text = `This report cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
  document.getElementById('app')?.replaceChildren(element('p', { class: 'nothing', role: 'alert' }, text));
});
