import { InvalidArgumentError } from '@shiplog/core';

/**
 * How many of the last lines: a whole number, Infinity for `all`.
 *
 * @throws InvalidArgumentError
 */
export function parseCount(text: string): number {
  if (text === 'all') return Number.POSITIVE_INFINITY;
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count)) {
    throw new InvalidArgumentError(`${JSON.stringify(text)} is no number of lines: give a whole number, or all`);
  }
  return count;
}
