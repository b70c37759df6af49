import {
  errorCodeOf,
  errorMessageOf,
  FailedPreconditionError,
  NotFoundError,
  type Process,
  type Timestamp,
} from '@shiplog/core';
import { findTail, tailCriLog } from '@shiplog/oci';
import { addHelp, type Configure } from '../command.js';
import { copyOutput } from '../foreground/copy-output.js';
import { interruptible } from '../foreground/interruptible.js';
import { selectLog } from '../foreground/select-log.js';
import { timeComes } from '../foreground/time-comes.js';
import { linesMeant } from '../lines-meant.js';
import { parseCount } from '../parse-count.js';
import { parseTime } from '../parse-time.js';
import type { Session } from '../session.js';
import { taskArgument } from './task-command.js';

interface Options {
  readonly follow?: true;
  readonly tail?: number;
  readonly since?: Timestamp;
  readonly until?: Timestamp;
  readonly timestamps?: true;
  readonly exec?: string;
}

export const configure: Configure = (command, cli) => {
  command
    .description('Prints what a task wrote so far: its stdout to stdout, its stderr to stderr, byte by byte.')
    .argument(...taskArgument)
    .option('-f, --follow', 'go on printing until the task has ended')
    .option('--tail <lines>', 'the last lines only, of both streams together; all for all', parseCount)
    .option(
      '--since <time>',
      'what was written at this time or later: RFC 3339, a date, or how long ago (10m)',
      (text) => parseTime(text),
    )
    .option('--until <time>', 'what was written up to this time; ends --follow, too', (text) => parseTime(text))
    .option('-t, --timestamps', 'put its time (UTC) in front of each line')
    .option('--exec <exec>', 'of this exec of the task, while it is there')
    .action((id: string, options: Options) => cli.inSession(command, (session) => printLog(id, session, options), id));
  addHelp(command, {
    examples: [
      ['shiplog logs web', 'all of it'],
      ['shiplog logs --follow web 2>errors', 'as it comes, its stderr apart'],
      ['shiplog logs --tail 10 --since 1h -t web', 'the last ten lines of the last hour, with times'],
      ['shiplog logs --exec $(shiplog exec -d web df) web', 'of a command in the background'],
    ],
    exitCodes: ['128 + n a signal ended --follow'],
  });
};

async function printLog(id: string, session: Session, options: Options): Promise<void> {
  const { shiplog, context, output } = session;
  const { follow, exec = '', tail = Number.POSITIVE_INFINITY, since, until } = options;
  const process = await processOf(id, exec, session);
  const { stdout, stderr } = await process.state(context);
  if (stdout !== '' || stderr !== '') {
    const name = exec === '' ? `task ${id}` : `exec ${exec} of task ${id}`;
    throw new FailedPreconditionError(`${name} has no log: its output goes to ${stdout || stderr}`);
  }
  const path = shiplog.runtime.outputPath(id, exec, context);
  let damaged = 0;
  const print = async (ended: AbortSignal) => {
    const { begin, skip } =
      tail === Number.POSITIVE_INFINITY
        ? { begin: 0, skip: { stdout: 0, stderr: 0 } }
        : await findTail(path, { lines: tail, since, until });
    const records = tailCriLog(path, ended, begin, () => {
      damaged += 1;
    });
    const plain = begin === 0 && since === undefined && until === undefined && !options.timestamps;
    const selection = { skip, since, until, timestamps: options.timestamps ?? false };
    await copyOutput(plain ? records : selectLog(records, selection), output);
  };
  if (follow) await interruptible((signal) => printToTheEnd(process, session, { signal, until, print }));
  else await print(AbortSignal.abort());
  if (damaged > 0) output.talk(`lines of the log that cannot be read, and are left out: ${damaged}`);
}

interface Following {
  readonly signal: AbortSignal;
  readonly until: Timestamp | undefined;
  print(ended: AbortSignal): Promise<void>;
}

/** Until the process has ended, or the time has come: then what is in the log by then is printed, too. */
async function printToTheEnd(
  process: Process,
  { context }: Session,
  { signal, until, print }: Following,
): Promise<void> {
  const ended = new AbortController();
  const left = AbortSignal.any([signal, ended.signal]);
  const ending = [process.wait({ ...context, signal: left }), ...(until === undefined ? [] : [timeComes(until, left)])];
  const over = Promise.race(ending).finally(() => ended.abort());
  await Promise.all([over, print(left)]);
}

/** @throws NotFoundError which says where the output has gone */
async function processOf(id: string, exec: string, { shiplog, context, common }: Session): Promise<Process> {
  const { state } = shiplog.runtime.state(id, context);
  if (state.status === 'deleted') {
    throw new NotFoundError(
      `task ${id} was deleted at ${state.deletedAt}, and its output with it; its events stay: shiplog events --task ${id}`,
    );
  }
  const task = await shiplog.runtime.get(id, context).catch((error: unknown) => {
    const meant = errorCodeOf(error) === 'not-found' ? linesMeant(common) : '';
    throw meant === '' ? error : new NotFoundError(`${errorMessageOf(error)}${meant}`, { cause: error });
  });
  if (exec === '') return task;
  try {
    return await task.process(exec, context);
  } catch (error) {
    if (errorCodeOf(error) !== 'not-found') throw error;
    throw new NotFoundError(`task ${id} has no exec ${exec}; the output of one that was deleted went with it`, {
      cause: error,
    });
  }
}
