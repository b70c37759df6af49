import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { errorMessageOf, InvalidArgumentError, parseVerifierKey, type VerifierKey } from '@shiplog/core';
import type { Cli } from './command.js';

/** Larger than any note or proof. */
const most = 1024 * 1024;

/**
 * A small file of the user's; `-` is stdin.
 *
 * @throws InvalidArgumentError if it cannot be read, or is no small one
 */
export async function readText(path: string, { stdin }: Pick<Cli, 'stdin'>): Promise<string> {
  const bytes = await read(path, stdin);
  if (bytes.length > most) throw new InvalidArgumentError(`${path} is too large for a note, a key or a proof`);
  return bytes.toString();
}

/** A verifier key, or a file with it. @throws InvalidArgumentError */
export async function readVerifierKey(text: string, cli: Pick<Cli, 'stdin'>): Promise<VerifierKey> {
  return parseVerifierKey(text.includes('+') ? text : (await readText(text, cli)).trim());
}

async function read(path: string, stdin: Cli['stdin']): Promise<Buffer> {
  try {
    return path === '-' ? await buffer(stdin()) : await readFile(path);
  } catch (cause) {
    throw new InvalidArgumentError(`cannot read ${path}: ${errorMessageOf(cause)}`, { cause });
  }
}
