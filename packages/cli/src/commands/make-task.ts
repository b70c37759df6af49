import { writeFileSync } from 'node:fs';
import { AlreadyExistsError, type CreateOpts, errorMessageOf, type ManagedTask, UnavailableError } from '@shiplog/core';
import type { Command } from 'commander';
import { notEmpty } from '../flags.js';
import type { Session } from '../session.js';
import { startOrDiscard } from './start-or-discard.js';

export interface IdFileFlags {
  readonly pidfile?: string;
  readonly cidfile?: string;
}

export function addIdFileFlags(command: Command): void {
  command
    .option('--pidfile <file>', 'write its pid on the host to a file', notEmpty)
    .option('--cidfile <file>', 'write its ID to a file that is not there yet', notEmpty);
}

/** Creates a task, and tells those who wait for a file about it; without the files there is no task either. */
export async function makeTask(
  id: string,
  opts: CreateOpts,
  { pidfile, cidfile }: IdFileFlags,
  session: Session,
): Promise<ManagedTask> {
  const { shiplog, context } = session;
  const task = await shiplog.runtime.create(id, opts, context);
  if (pidfile === undefined && cidfile === undefined) return task;
  await startOrDiscard(task, session, async () => {
    if (cidfile !== undefined) write(cidfile, id, 'wx');
    if (pidfile !== undefined) write(pidfile, String(await task.pid(context)), 'w');
  });
  return task;
}

function write(file: string, text: string, flag: 'w' | 'wx'): void {
  try {
    writeFileSync(file, text, { flag });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new AlreadyExistsError(`${file} is there already; remove it, or name another file`, { cause });
    }
    throw new UnavailableError(`cannot write to ${file}: ${errorMessageOf(cause)}`, { cause });
  }
}
