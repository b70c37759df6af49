/**
 * How many cells of a terminal a text takes. Only text beyond ASCII needs string-width, whose tables take longer to load
 * than most commands take at all.
 */
type Measure = (text: string) => number;

/** Each takes one cell; the ellipsis is our own. */
const plain = /^[ -~…]*$/;

let measure: Measure | undefined;

export function isPlain(text: string): boolean {
  return plain.test(text);
}

/** Once it resolves, `cellWidth` can tell any text. */
export async function loadWidths(): Promise<void> {
  measure ??= (await import('string-width')).default;
}

/** Of text beyond ASCII only after `loadWidths`. */
export function cellWidth(text: string): number {
  if (isPlain(text)) return text.length;
  if (!measure) throw new TypeError('the widths are not loaded');
  return measure(text);
}
