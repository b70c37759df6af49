/** Where a Task API server listens. */
import { InvalidArgumentError, NotImplementedError } from '@shiplog/core';

const abstractMark = '\0';

/**
 * The path of a unix socket, as `node:net` takes it, from what a shim or a user says: `unix:///PATH`, `unix:PATH`, a path,
 * or one of these behind `ttrpc+`.
 *
 * @throws NotImplementedError for another protocol, or another kind of socket
 * @throws InvalidArgumentError for what is no address
 */
export function socketPathOf(address: string): string {
  const [, protocol = 'ttrpc', rest = ''] = /^(?:([a-z]+)\+)?(.*)$/s.exec(address) ?? [];
  if (protocol !== 'ttrpc') {
    throw new NotImplementedError(`the server at ${address} speaks ${protocol}: only ttrpc is spoken here`);
  }
  const path = /^unix:(?:\/\/)?(.*)$/s.exec(rest)?.[1] ?? rest;
  if (/^[a-z]+:\/\//.test(path)) {
    throw new NotImplementedError(`${address} is no unix socket: only these can be connected to`);
  }
  // As Go writes it: a name in the abstract namespace begins with @.
  if (path.startsWith('@')) return abstractMark + path.slice(1);
  if (path.startsWith('/') || path.startsWith(abstractMark)) return path;
  throw new InvalidArgumentError(`${JSON.stringify(address)} is no address: give the absolute path of a unix socket`);
}
