import type { TaskManager } from '@shiplog/core';
import type { Session } from './session.js';

type Command = Parameters<TaskManager['refuse']>[0];

/** Makes what the runtime is asked for out of what the user gave. What is refused here is in the log, too. */
export async function accept<T>(
  command: Command,
  id: string,
  { shiplog, context }: Session,
  make: () => T | Promise<T>,
): Promise<T> {
  try {
    return await make();
  } catch (error) {
    await shiplog.runtime.refuse(command, id, error, context);
    throw error;
  }
}
