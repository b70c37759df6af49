/**
 * A task that its backend no longer knows, although its program runs: its bundle was removed, say. It has not ended (P4), and
 * nothing but its pid is left to end it by.
 */
import type { CallContext } from '../kernel/call-context.js';
import { errorCodeOf, UnavailableError } from '../kernel/errors.js';
import type { Task } from './platform-runtime.js';
import type { TaskScope } from './task-scope.js';
import { isLiving, type Trace } from './traces.js';

/** What the host has of a process of the task that has not ended, as far as its backend can look. */
export async function findLiving({ backend, namespace, id }: TaskScope): Promise<Trace | undefined> {
  const wanted = (name: Pick<Trace, 'namespace' | 'task'>) => name.namespace === namespace && name.task === id;
  return (await backend.runtime.traces?.({ wanted, thorough: false }))?.find(isLiving);
}

/**
 * The task, as its backend has it.
 *
 * @throws NotFoundError if it has none, and nothing of it runs
 * @throws UnavailableError if it has none, and a program of it runs
 */
export async function reach(scope: TaskScope, context: CallContext, backend = scope.backend): Promise<Task> {
  const { id } = scope;
  try {
    return await backend.runtime.get(id, context);
  } catch (cause) {
    if (errorCodeOf(cause) !== 'not-found') throw cause;
    const living = await findLiving(scope);
    if (!living) throw cause;
    throw new UnavailableError(
      `task ${id} is out of reach: its runtime has lost it, and its program runs (${living.what}); end that by hand`,
      { cause, details: { task: id, program: living.what } },
    );
  }
}
