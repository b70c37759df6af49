import { element } from './dom.js';

const bars = [
  ['created', 'created'],
  ['running', 'running'],
  ['paused', 'paused'],
  ['stopped', 'stopped'],
  ['exec', 'an exec runs'],
  ['exit', 'exit code 0'],
  ['exit bad', 'another, or unknown'],
] as const;

const keys = [
  ['↑ ↓', 'task'],
  ['← →', 'pan'],
  ['+ −', 'zoom'],
  ['0', 'all'],
  ['v', 'in view only'],
  ['Enter', 'history'],
  ['Esc', 'back'],
  ['/', 'search'],
] as const;

export function legend(): HTMLElement {
  const swatches = bars.map(([name, text]) =>
    element('li', {}, element('span', { class: `swatch ${name}`, 'aria-hidden': true }), text),
  );
  const keyList = keys.map(([key, text]) => element('li', {}, element('kbd', {}, key), text));
  return element(
    'footer',
    { class: 'legend' },
    element('ul', { 'aria-label': 'Legend' }, ...swatches),
    element('ul', { class: 'keys', 'aria-label': 'Keys' }, ...keyList),
  );
}
