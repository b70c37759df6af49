/**
 * What shapes of the outside world are made of: valibot's schemas, with words of ours. A message says what a value must
 * be and never what it was: it may be a secret.
 */

import { isExactNumber } from '@shiplog/core';
import * as v from 'valibot';

const isObject = v.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value),
  'must be an object',
);

/** Whole, also beyond what a JavaScript number can hold. */
export const integer = v.custom<number>(
  (value) => Number.isInteger(value) || isExactNumber(value),
  'must be a whole number',
);
export const natural = v.custom<number>(
  (value) => (Number.isInteger(value) && Number(value) >= 0) || isExactNumber(value),
  'must be a whole number, 0 or more',
);
/** The kernel's texts end at the first zero byte: whoever checked the whole would have checked another. */
export const text = v.pipe(
  v.string(),
  v.check((value) => !value.includes('\0'), 'must have no zero byte'),
);

/**
 * Members that are not named pass, unless they are named so but for their case: to Go's JSON, and so to runc, `Process` is
 * `process`, and it would run what nobody has checked.
 */
export const looseObject = <Entries extends v.ObjectEntries>(entries: Entries) => {
  const known = new Map(Object.keys(entries).map((name) => [folded(name), name]));
  const isSpelt = (name: string) => (known.get(folded(name)) ?? name) === name;
  return v.pipe(
    isObject,
    v.check(
      (value) => Object.keys(value).every(isSpelt),
      'has a member in other letters than the specification has it',
    ),
    v.looseObject(entries),
  );
};

/** As Go compares names: some letters beyond ASCII are the same as one in it. */
function folded(name: string): string {
  return name.toUpperCase().toLowerCase();
}

/** Members that are not named are refused. */
export const strictObject = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(isObject, v.strictObject(entries));

/** Go writes an empty list or map as null. */
export const listOf = <Item extends v.GenericSchema>(item: Item) => v.nullish(v.array(item));

export const objectByName = <Value extends v.GenericSchema>(value: Value) => v.pipe(isObject, v.record(text, value));
export const textByName = objectByName(text);

const words: Readonly<Record<string, string>> = {
  Array: 'must be a list',
  boolean: 'must be true or false',
  never: 'is not known',
  number: 'must be a number',
  string: 'must be a text',
};

/** For a schema that has no words of its own. */
export function message({ expected, received }: v.BaseIssue<unknown>): string {
  if (received === 'undefined') return 'is missing';
  // `("a" | "b")`
  const choice = /^\((.*)\)$/.exec(expected ?? '')?.[1];
  if (choice !== undefined) return `must be one of ${choice.replaceAll(' | ', ', ')}`;
  return words[expected ?? ''] ?? `must be ${expected}`;
}

/** `process.cwd: must be an absolute path`, one for each thing that is wrong; none for a value of that shape. */
export function problemsOf(schema: v.GenericSchema, value: unknown): readonly string[] {
  const { issues = [] } = v.safeParse(schema, value, { message });
  return issues.map((issue) => {
    const path = v.getDotPath(issue);
    return path === null ? issue.message : `${path}: ${issue.message}`;
  });
}
