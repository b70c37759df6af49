import type { AttachSocket } from './attach-socket.js';

/**
 * The connections of this process, by the path of the socket. An end that is to come behind what one of them has
 * written has to go through it: conmon reads its connections side by side, and the end of any is the end of all.
 */
const open = new Map<string, Set<AttachSocket>>();

export function addOwnSocket(path: string, socket: AttachSocket): void {
  const sockets = open.get(path) ?? new Set();
  open.set(path, sockets.add(socket));
}

export function removeOwnSocket(path: string, socket: AttachSocket): void {
  const sockets = open.get(path);
  sockets?.delete(socket);
  if (sockets?.size === 0) open.delete(path);
}

export function ownSockets(path: string): readonly AttachSocket[] {
  return [...(open.get(path) ?? [])];
}
