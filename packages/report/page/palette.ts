/** The colours of the style sheet, for the canvas: one place to say them, light and dark. */
const names = [
  'paper',
  'ink',
  'muted',
  'line',
  'grid',
  'select',
  'running',
  'on-running',
  'created',
  'paused',
  'stopped',
  'exec',
  'kill',
  'oom',
  'failure',
  'recovery',
  'accent',
] as const;

export type Palette = Readonly<Record<(typeof names)[number], string>>;

export function readPalette(of: Element = document.documentElement): Palette {
  const style = getComputedStyle(of);
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Palette;
}
