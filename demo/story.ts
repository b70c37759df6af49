/** How the demo talks: what it does, what came of it, and tables. */
const startedAt = performance.now();
const isColoured = process.stdout.isTTY && !process.env.NO_COLOR;

function paint(code: number, text: string): string {
  return isColoured ? `\u001b[${code}m${text}\u001b[0m` : text;
}

export function chapter(title: string): void {
  console.log(`\n${paint(1, title)}`);
}

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted = true;
  });
}

/** Somebody has heard enough: the step that has begun comes to its end, and no other begins. */
export function isInterrupted(): boolean {
  return interrupted;
}

/** Does something, and says how long it took and what came of it. */
export async function step<T>(what: string, act: () => Promise<T>, say: (result: T) => string = () => ''): Promise<T> {
  if (interrupted) throw new Error('interrupted');
  const before = performance.now();
  const result = await act();
  const ms = (performance.now() - before).toFixed(0).padStart(4);
  console.log(`  ${paint(2, `${ms} ms`)}  ${what.padEnd(46)} ${paint(32, say(result))}`);
  return result;
}

export function table(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) {
    console.log(
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}`,
    );
  }
}

export function seconds(): string {
  return ((performance.now() - startedAt) / 1000).toFixed(1);
}
