/** For commands on one task that say nothing when they succeed. */
import type { ManagedTask } from '@shiplog/core';
import type { Command } from 'commander';
import type { Cli } from '../command.js';
import type { Session } from '../session.js';

export const taskArgument = ['<task>', 'the ID of the task'] as const;

/** @param work gets a handle on the name, whether there is such a task or not: a refusal is in the log, too */
export function onTask<O>(
  command: Command,
  cli: Cli,
  work: (task: ManagedTask, session: Session, options: O) => Promise<void>,
): void {
  command
    .argument(...taskArgument)
    .action((id: string, options: O) =>
      cli.inSession(
        command,
        async (session) => work(await session.shiplog.runtime.task(id, session.context), session, options),
        id,
      ),
    );
}
