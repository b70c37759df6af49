import { InvalidArgumentError } from '@shiplog/core';

const maxSignal = 64;
export const SIGKILL = 9;

/** @throws InvalidArgumentError unless it is the number of a signal */
export function assertSignal(signal: number): void {
  if (Number.isInteger(signal) && signal >= 1 && signal <= maxSignal) return;
  throw new InvalidArgumentError(`${signal} is no signal: give its number, 1 to ${maxSignal}`, { details: { signal } });
}
