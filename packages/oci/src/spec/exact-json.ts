/**
 * JSON whose whole numbers stay what they are: an unlimited rlimit is 18446744073709551615, which a JavaScript number
 * turns into one too many, and OCI runtimes refuse that. Such a number becomes what `JSON.rawJSON` makes, and
 * `JSON.stringify` writes it as it was.
 */

interface SourceContext {
  readonly source?: string;
}

/** ECMAScript's, which TypeScript's library does not declare yet. */
interface JsonWithSources {
  parse(text: string, reviver: (key: string, value: unknown, context: SourceContext) => unknown): unknown;
  rawJSON(text: string): object;
}

const json = JSON as unknown as JsonWithSources;

/** @throws SyntaxError */
export function parseExactJson(text: string): unknown {
  return json.parse(text, (_key, value, { source }) => {
    const isInexact = typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '');
    return isInexact ? json.rawJSON(source ?? '') : value;
  });
}
