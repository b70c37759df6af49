import { errorCodeOf, InvalidArgumentError, type ManagedTask } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import { interruptible } from '../foreground/interruptible.js';
import type { Session } from '../session.js';
import { parseSignal } from '../signals.js';
import { onTasksOrAll } from './task-command.js';
import { unlessEnded } from './unless-ended.js';

interface Options {
  readonly signal: number;
  /** Seconds. */
  readonly time: number;
}

const kill = parseSignal('KILL');

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Asks tasks to end, and returns once they have. One that has not within the time is killed, with all of its ' +
        'processes. One that has ended already is left as it is.',
    )
    .option('-s, --signal <signal>', 'what asks it: a name or a number', parseSignal, parseSignal('TERM'))
    .option('-t, --time <seconds>', 'how long it may take; -1 for ever', parseSeconds, 10);
  onTasksOrAll<Options>(command, cli, ['running', 'pausing', 'paused'], stop);
  addHelp(command, {
    examples: [
      ['shiplog stop web', 'SIGTERM, and SIGKILL if it runs ten seconds later'],
      ['shiplog stop -t 2 web db', 'both at once, with less patience'],
    ],
    exitCodes: ['128 + n a signal ended the waiting'],
  });
};

function stop(task: ManagedTask, session: Session, { signal, time }: Options): Promise<void> {
  return interruptible(async (left) => {
    const { shiplog, context } = session;
    const { status } = shiplog.runtime.state(task.id, context).state;
    if (status === 'stopped') return;
    const waiting = { ...context, signal: left };
    if (status === 'running' || status === 'pausing' || status === 'paused') {
      await unlessEnded(task.kill(signal, {}, context));
      // A frozen process gets its signal when it goes on.
      if (status !== 'running') await unlessEnded(task.resume(context));
      if (await endsWithin(task, time, waiting)) return;
      await unlessEnded(task.kill(kill, { all: true }, context));
    } else {
      // Nothing of it runs that could be asked; and what there is not at all is refused here.
      await task.kill(kill, {}, context);
    }
    await task.wait(waiting);
  });
}

async function endsWithin(task: ManagedTask, seconds: number, context: Session['context']): Promise<boolean> {
  try {
    await task.wait(seconds < 0 ? context : { ...context, deadline: Date.now() + seconds * 1000 });
    return true;
  } catch (error) {
    if (errorCodeOf(error) === 'deadline-exceeded') return false;
    throw error;
  }
}

function parseSeconds(text: string): number {
  if (!/^(-1|\d{1,9}(\.\d+)?)$/.test(text)) {
    throw new InvalidArgumentError(`${JSON.stringify(text)} is no time: give a number of seconds, or -1 for ever`);
  }
  return Number(text);
}
