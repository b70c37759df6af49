/** `--filter KEY=PATTERN`, as docker and podman have it: of one key any may match, of several keys each must. */
import { InvalidArgumentError } from '@shiplog/core';

/** What of a value a filter's key looks at. */
export type FilterKeys<T> = Readonly<Record<string, (value: T) => string>>;

export interface Filter {
  readonly key: string;
  readonly pattern: string;
}

/** @throws InvalidArgumentError for a key that is not one of these */
export function parseFilter(keys: readonly string[]): (text: string) => Filter {
  return (text) => {
    const split = text.indexOf('=');
    const key = text.slice(0, Math.max(0, split));
    if (!keys.includes(key)) {
      throw new InvalidArgumentError(
        `${JSON.stringify(text)} is no filter: give KEY=VALUE, where KEY is one of ${keys.join(', ')}`,
      );
    }
    return { key, pattern: text.slice(split + 1) };
  };
}

/** Whether a value is one that the filters let through. */
export function filterOf<T>(filters: readonly Filter[], keys: FilterKeys<T>): (value: T) => boolean {
  const groups = Map.groupBy(filters, ({ key }) => key);
  const tests = [...groups].map(([key, group]) => {
    const matchers = group.map(({ pattern }) => matcherOf(pattern));
    return (value: T) => matchers.some((matches) => matches(keys[key]?.(value) ?? ''));
  });
  return (value) => tests.every((test) => test(value));
}

/** The whole text, in which `*` stands for anything. */
function matcherOf(pattern: string): (text: string) => boolean {
  const parts = pattern.split('*').map((part) => RegExp.escape(part));
  const expression = new RegExp(`^${parts.join('.*')}$`, 's');
  return (text) => expression.test(text);
}
