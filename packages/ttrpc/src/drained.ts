import type { Socket } from 'node:net';

/** Resolves when the peer has room for more, or is gone. */
export function drained(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (socket.destroyed || !socket.writableNeedDrain) resolve();
  const events = ['drain', 'close'] as const;
  const onEvent = (): void => resolve();
  for (const event of events) socket.on(event, onEvent);
  return promise.finally(() => {
    for (const event of events) socket.off(event, onEvent);
  });
}
