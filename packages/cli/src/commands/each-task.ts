/** Several tasks by one command: what becomes of one does not stop the others. */
import { commandWords } from '../command-words.js';
import { reportError } from '../errors.js';
import { exitCodes } from '../exit-codes.js';
import type { Session } from '../session.js';

/** So many at a time: each may start programs of its runtime. */
const atOnce = 8;

export interface TaskWork<T> {
  readonly name: string;
  run(id: string, session: Session): Promise<T>;
  /** Prints a result; in the order in which the tasks were given. */
  show?(result: T, session: Session): Promise<void>;
}

/**
 * A single task's failure is thrown. Of several, each failure is told, and the exit code is 125.
 *
 * @returns what was made of each task, in the order in which they were given; undefined for a failure
 */
export async function eachTask<T>(
  ids: readonly string[],
  session: Session,
  work: TaskWork<T>,
): Promise<{ readonly exitCode: number; readonly results: readonly (T | undefined)[] }> {
  const { output } = session;
  const unique = [...new Set(ids)];
  const running = startAll(unique, (id) => work.run(id, aboutTask(session, work.name, id)));
  const results: (T | undefined)[] = [];
  let exitCode: number = exitCodes.ok;
  for (const [index, result] of running.entries()) {
    try {
      const done = await output.during(() => progressOf(unique, index, session, work.name), result);
      results.push(done);
      await work.show?.(done, session);
    } catch (error) {
      const { text } = reportError(error);
      // An interruption, or a reader that is gone, ends it all.
      if (unique.length === 1 || text === '') throw error;
      output.talk(text);
      results.push(undefined);
      exitCode = exitCodes.failed;
    }
  }
  return { exitCode, results };
}

/** The session with this task in what the log keeps of the command line. */
export function aboutTask(session: Session, command: string, id: string): Session {
  const { context } = session;
  return { ...session, context: { ...context, actor: { ...context.actor, command: commandWords(command, id) } } };
}

function startAll<T>(ids: readonly string[], run: (id: string) => Promise<T>): readonly Promise<T>[] {
  const running: Promise<T>[] = [];
  for (const [index, id] of ids.entries()) {
    const free = Promise.resolve(running[index - atOnce]).catch(() => {});
    const result = free.then(() => run(id));
    // It is told of when its turn comes.
    result.catch(() => {});
    running.push(result);
  }
  return running;
}

function progressOf(ids: readonly string[], index: number, { shiplog, context }: Session, name: string): string {
  const id = ids[index] ?? '';
  const { state } = shiplog.runtime.state(id, context);
  const open = 'pending' in state ? state.pending : null;
  if (open && open.owner.pid !== process.pid) {
    return `${id}: waiting for the ${open.command} of process ${open.owner.pid}`;
  }
  return ids.length === 1 ? `${name} ${id}` : `${name} ${id} (${index + 1} of ${ids.length})`;
}
