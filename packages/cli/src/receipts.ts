import { appendFileSync } from 'node:fs';
import { errorMessageOf, InvalidArgumentError, type Receipt } from '@shiplog/core';

/**
 * Writes receipts behind those that a file has, each a line of JSON.
 *
 * @throws InvalidArgumentError if it cannot be written, before anything was asked for
 */
export function receiptWriter(path: string): (receipt: Receipt) => void {
  const write = (text: string) => appendFileSync(path, text, { mode: 0o600 });
  try {
    write('');
  } catch (cause) {
    throw new InvalidArgumentError(`cannot write receipts to ${path}: ${errorMessageOf(cause)}`, { cause });
  }
  return (receipt) => write(`${JSON.stringify(receipt)}\n`);
}
