import { cellWidth, isPlain, loadWidths } from './cell-width.js';
import { printable } from './printable.js';
import type { Paint, Tone } from './style.js';

export interface Column<R> {
  readonly title: string;
  readonly value: (row: R) => string | number;
  readonly align?: 'right';
  readonly tone?: (row: R) => Tone;
  /** At least so wide, whatever the rows hold: for rows that are printed as they come. */
  readonly width?: number;
  /**
   * Where the terminal is too narrow: `first` is cut before the others, and `late` after them, which is for what people
   * copy: an ID. `last` is for what says nothing once it is cut: a time, a type.
   */
  readonly yields?: 'first' | 'late' | 'last';
}

export interface TableOptions {
  readonly paint: Paint;
  /** In character cells; unlimited when absent. */
  readonly width?: number | undefined;
}

const gap = '  ';
/** A column that has to give way keeps so much. */
const leastWidth = 8;

/** A title line, then a line for each row; where they do not fit, columns are cut, the widest of those first whose turn it is to yield. */
export async function renderTable<R>(
  columns: readonly Column<R>[],
  rows: readonly R[],
  options: TableOptions,
): Promise<string[]> {
  const isWide = rows.some((row) => columns.some(({ value }) => !isPlain(String(value(row)))));
  if (isWide) await loadWidths();
  const renderer = new RowRenderer(columns, options);
  for (const row of rows) renderer.measure(row);
  return [renderer.title(), ...rows.map((row) => renderer.line(row))];
}

/** Renders rows one by one, after `loadWidths` where they may be beyond ASCII. A column grows with what comes; lines that were rendered before stay as they are. */
export class RowRenderer<R> {
  readonly #columns: readonly Column<R>[];
  readonly #options: TableOptions;
  readonly #natural: number[];

  constructor(columns: readonly Column<R>[], options: TableOptions) {
    this.#columns = columns;
    this.#options = options;
    this.#natural = columns.map(({ title, width = 0 }) => Math.max(cellWidth(title), width));
  }

  measure(row: R): readonly string[] {
    return this.#columns.map((column, index) => {
      const text = printable(String(column.value(row)));
      this.#natural[index] = Math.max(this.#natural[index] ?? 0, cellWidth(text));
      return text;
    });
  }

  title(): string {
    return this.#render(
      this.#columns.map(({ title }) => title),
      () => 'strong',
    );
  }

  line(row: R): string {
    return this.#render(this.measure(row), (column) => column.tone?.(row) ?? 'plain');
  }

  #fit(): readonly number[] {
    const available = this.#options.width;
    if (available === undefined) return this.#natural;
    const widths = [...this.#natural];
    const yielding = (when: Column<R>['yields']) =>
      this.#columns.flatMap((column, index) => (column.yields === when ? [index] : []));
    const turns = [yielding('first'), yielding(undefined), yielding('late'), yielding('last')];
    let excess = widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1)) - available;
    for (; excess > 0; excess -= 1) {
      const index = turns.map((turn) => widest(widths, turn)).find((found) => found !== undefined);
      if (index === undefined) break;
      widths[index] = (widths[index] ?? 0) - 1;
    }
    return widths;
  }

  #render(texts: readonly string[], toneOf: (column: Column<R>) => Tone): string {
    const widths = this.#fit();
    let line = '';
    // Padding is paid when something follows it, so that no line ends in blanks.
    let owed = '';
    for (const [index, column] of this.#columns.entries()) {
      const width = widths[index] ?? 0;
      const text = cut(texts[index] ?? '', width);
      const padding = ' '.repeat(width - cellWidth(text));
      if (text === '') {
        owed += padding + gap;
        continue;
      }
      const painted = this.#options.paint(text, toneOf(column));
      line += column.align === 'right' ? owed + padding + painted : owed + painted;
      owed = column.align === 'right' ? gap : padding + gap;
    }
    return line;
  }
}

/** Of those that can still give way. */
function widest(widths: readonly number[], candidates: readonly number[]): number | undefined {
  let found: number | undefined;
  for (const index of candidates) {
    const width = widths[index] ?? 0;
    if (width > leastWidth && width > (found === undefined ? 0 : (widths[found] ?? 0))) found = index;
  }
  return found;
}

/** To so many cells of the terminal; a character of two cells is never cut in half. */
function cut(text: string, width: number): string {
  if (cellWidth(text) <= width) return text;
  if (isPlain(text)) return `${text.slice(0, width - 1)}…`;
  let kept = '';
  let room = width - 1;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    room -= cellWidth(segment);
    if (room < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}
