/** Makes a `switch` exhaustive: a case that was forgotten is a type error here. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}
