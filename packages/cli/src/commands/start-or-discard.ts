import { errorMessageOf, type Task } from '@shiplog/core';
import type { Session } from '../session.js';

/** What could not be started is not left behind; its failure stays in the log. */
export async function startOrDiscard<T>(
  { id }: Pick<Task, 'id'>,
  { shiplog, context, output }: Pick<Session, 'shiplog' | 'context' | 'output'>,
  start: () => Promise<T>,
): Promise<T> {
  try {
    return await start();
  } catch (error) {
    await shiplog.runtime.delete(id, context).catch((cause: unknown) => {
      output.talk(`${id} was not started, and cannot be deleted: ${errorMessageOf(cause)}`);
    });
    throw error;
  }
}
