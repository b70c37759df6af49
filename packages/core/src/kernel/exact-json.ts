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
  isRawJSON(value: unknown): boolean;
}

const json = JSON as unknown as JsonWithSources;

const wholeNumber = /^-?\d+$/;

/** Numbers of fewer digits are exact; asking for each costs several times what the parsing does. */
const manyDigits = /\d{16}/;

/** @throws SyntaxError */
export function parseExactJson(text: string): unknown {
  if (!manyDigits.test(text)) return JSON.parse(text);
  return json.parse(text, (_key, value, { source }) => {
    const isInexact = typeof value === 'number' && !Number.isSafeInteger(value) && wholeNumber.test(source ?? '');
    return isInexact ? json.rawJSON(source ?? '') : value;
  });
}

/** A whole number of any size, as a value to be written as JSON: that it is no number is nobody else's business. */
export function exactNumber(digits: string): number {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : (json.rawJSON(digits) as unknown as number);
}

/** Whether it is one of those that JavaScript cannot hold. */
export function isExactNumber(value: unknown): boolean {
  return json.isRawJSON(value) && wholeNumber.test((value as { readonly rawJSON: string }).rawJSON);
}
