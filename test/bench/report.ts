/** One table for everything that was measured. */
import type { Compared } from './compare.ts';

type Row = readonly [work: string, side: string, p50: string, p95: string, rate: string, ratio: string];

const rows: Row[] = [['WORK', 'WHO', 'P50', 'P95', 'RATE', 'OURS / THIS']];

export function report({ work, pieces, figures, missing }: Compared): void {
  for (const [index, { name, p50, p95, ratio }] of figures.entries()) {
    const rate = pieces === 1 ? '' : `${count((pieces / p50) * 1000)}/s`;
    rows.push([index === 0 ? work : '', name, ms(p50), ms(p95), rate, ratio === undefined ? '' : ratio.toFixed(2)]);
  }
  for (const reason of missing) rows.push(['', reason, '', '', '', '']);
  process.stderr.write('.');
}

/** Of something that is no time. */
export function reportAmount(work: string, name: string, amount: string): void {
  rows.push([work, name, amount, '', '', '']);
}

export function printReport(): void {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  process.stderr.write('\n');
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(cells.join('  ').trimEnd());
  }
}

function ms(value: number): string {
  return value >= 1 ? `${value.toFixed(1)} ms` : `${(value * 1000).toFixed(value >= 0.01 ? 0 : 2)} us`;
}

function count(value: number): string {
  return value >= 1000 ? `${Math.round(value / 100) / 10}k` : value.toFixed(0);
}
