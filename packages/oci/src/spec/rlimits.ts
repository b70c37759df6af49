/** `--ulimit`: setrlimit(2)'s limits of a process. */
import { exactNumber, InvalidArgumentError } from '@shiplog/core';
import type { OciRlimit } from './oci-spec.js';

const names =
  'as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(' ');

/** The kernel's word for no limit, beyond what a JavaScript number can hold. */
const infinity = exactNumber('18446744073709551615');

/**
 * `NAME=SOFT[:HARD]`; `-1` or `unlimited` is no limit. Bytes, seconds or pieces, as setrlimit(2) has it.
 *
 * @throws InvalidArgumentError
 */
export function parseUlimit(text: string): OciRlimit {
  const [, name = '', soft = '', hard = soft] = /^([a-z]+)=([^:]+)(?::([^:]+))?$/.exec(text) ?? [];
  if (name === '') throw wrong(text, 'it is not of the form NAME=SOFT:HARD');
  if (!names.includes(name)) throw wrong(text, `${name} is not one of ${names.join(', ')}`);
  const [least, most] = [limitOf(text, soft), limitOf(text, hard)];
  if (most !== infinity && (least === infinity || least > most))
    throw wrong(text, 'the soft limit is above the hard one');
  return { type: `RLIMIT_${name.toUpperCase()}`, soft: least, hard: most };
}

function limitOf(text: string, value: string): number {
  if (value === '-1' || value === 'unlimited') return infinity;
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw wrong(text, `${JSON.stringify(value)} is neither a whole number nor unlimited`);
}

function wrong(text: string, why: string): InvalidArgumentError {
  return new InvalidArgumentError(`ulimit ${JSON.stringify(text)}: ${why}; write for example nofile=1024:4096`);
}

/** The later of one type wins. */
export function mergeRlimits(...layers: readonly (readonly OciRlimit[])[]): readonly OciRlimit[] {
  return [...new Map(layers.flat().map((limit) => [limit.type, limit])).values()];
}
