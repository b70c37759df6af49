/** What a person writes for an amount: `64m`, `0.5`, `100`; -1 lifts a limit. */
import { InvalidArgumentError } from '@shiplog/core';

/** Lifts a limit. */
export const unlimited = -1;

const size = /^(\d+(?:\.\d+)?)([bkmgt]?)i?b?$/i;
const factors: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/**
 * Bytes from `67108864`, `64m`, `64MiB`, `1.5g` (all powers of 1024, as container tools have it), or -1.
 *
 * @throws InvalidArgumentError
 */
export function parseMemorySize(text: string): number {
  if (text === '-1') return unlimited;
  const [, amount = '', unit = ''] = size.exec(text) ?? [];
  const bytes = Math.floor(Number(amount) * (factors[unit.toLowerCase()] ?? Number.NaN));
  if (amount === '' || bytes === 0 || !Number.isSafeInteger(bytes)) {
    throw new InvalidArgumentError(
      `${JSON.stringify(text)} is no amount of memory: write bytes, or a number with k, m or g, such as 64m or 1g; -1 for no limit`,
    );
  }
  return bytes;
}

/**
 * CPUs from `2` or `0.5`, or -1.
 *
 * @throws InvalidArgumentError
 */
export function parseCpus(text: string): number {
  if (text === '-1') return unlimited;
  const cpus = /^(?:\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  // The kernel's smallest quota is 1 ms in each period of 100 ms.
  if (!(cpus >= 0.01 && cpus <= 2 ** 20)) {
    throw new InvalidArgumentError(
      `${JSON.stringify(text)} is no number of CPUs: write a decimal number of at least 0.01, such as 0.5 or 2; -1 for no limit`,
    );
  }
  return cpus;
}

/**
 * A number of processes from `100`, or -1.
 *
 * @throws InvalidArgumentError
 */
export function parsePidsLimit(text: string): number {
  if (text === '-1') return unlimited;
  const limit = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(limit > 0 && Number.isSafeInteger(limit))) {
    throw new InvalidArgumentError(
      `${JSON.stringify(text)} is no limit of processes: write a whole number of at least 1, such as 100; -1 for no limit`,
    );
  }
  return limit;
}
