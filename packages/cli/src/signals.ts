import { constants } from 'node:os';
import { InvalidArgumentError } from '@shiplog/core';

const numbers = constants.signals as Readonly<Record<string, number>>;
// Of two names for one number the first is the usual one (SIGABRT, SIGIOT).
const names = new Map(
  Object.entries(numbers)
    .reverse()
    .map(([name, number]) => [number, name]),
);

const firstRealtime = 34;
const lastSignal = 64;

/**
 * The number of a signal given as `TERM`, `SIGTERM`, `term`, `15` or `RTMIN+3`, as kill(1) takes them.
 *
 * @throws InvalidArgumentError if there is none such
 */
export function parseSignal(text: string): number {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : numberOfName(text.toUpperCase().replace(/^SIG/, ''));
  if (number === undefined || number < 1 || number > lastSignal) {
    throw new InvalidArgumentError(
      `${JSON.stringify(text)} is no signal: give a name such as TERM or SIGTERM, or a number from 1 to ${lastSignal}`,
    );
  }
  return number;
}

function numberOfName(name: string): number | undefined {
  const realtime = /^RTMIN\+(\d{1,2})$/.exec(name);
  if (realtime) return firstRealtime + Number(realtime[1]);
  return numbers[`SIG${name}`];
}

/** `SIGTERM`; `signal 40` where it has no name of its own. */
export function signalName(number: number): string {
  return names.get(number) ?? `signal ${number}`;
}
