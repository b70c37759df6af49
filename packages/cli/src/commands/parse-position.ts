import { InvalidArgumentError } from '@shiplog/core';

/** @throws InvalidArgumentError unless the text is a whole number */
export function parsePosition(text: string): number {
  const position = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(position)) {
    throw new InvalidArgumentError(`${JSON.stringify(text)} is no position in the log: give a whole number`);
  }
  return position;
}
