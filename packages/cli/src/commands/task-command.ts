/** For commands on tasks that say nothing when they succeed. */
import type { ManagedTask, TaskState } from '@shiplog/core';
import type { Command } from 'commander';
import type { Cli } from '../command.js';
import type { Session } from '../session.js';
import { eachTask, type TaskWork } from './each-task.js';

export const taskArgument = ['<task>', 'the ID of the task'] as const;
export const tasksArgument = ['<task...>', 'the IDs of the tasks'] as const;

type Status = TaskState['status'];

/** @param work gets a handle on the name, whether there is such a task or not: a refusal is in the log, too */
export function onTasks<O>(
  command: Command,
  cli: Cli,
  work: (task: ManagedTask, session: Session, options: O) => Promise<void>,
): void {
  command.argument(...tasksArgument).action((ids: readonly string[], options: O) =>
    cli.inSession(command, async (session) => {
      const { exitCode } = await eachTask(ids, session, workOn(command, work, options));
      return exitCode;
    }),
  );
}

/** The same with `--all`, which means the tasks of the namespace that have one of the statuses. */
export function onTasksOrAll<O>(
  command: Command,
  cli: Cli,
  statuses: readonly Status[],
  work: (task: ManagedTask, session: Session, options: O) => Promise<void>,
): void {
  addTasksOrAll(command, everyTaskThatIs(statuses));
  command.action(tasksOrAllAction(command, cli, statuses, work));
}

export function everyTaskThatIs(statuses: readonly Status[]): string {
  return `every task of the namespace that is ${statuses.join(' or ')}`;
}

export function tasksOrAllAction<O>(
  command: Command,
  cli: Cli,
  statuses: readonly Status[],
  work: (task: ManagedTask, session: Session, options: O) => Promise<void>,
): (ids: readonly string[], options: O & AllOption) => Promise<void> {
  return (ids, options) => {
    assertTasksOrAll(command, ids, options);
    return cli.inSession(command, async (session) => {
      const chosen = options.all ? tasksThatAre(statuses, session) : ids;
      const { exitCode } = await eachTask(chosen, session, workOn(command, work, options));
      return exitCode;
    });
  };
}

export interface AllOption {
  readonly all?: true;
}

export function addTasksOrAll(command: Command, meaning: string, flags = '-a, --all'): void {
  command.argument('[task...]', 'the IDs of the tasks').option(flags, meaning);
}

export function assertTasksOrAll(command: Command, ids: readonly string[], { all }: AllOption): void {
  if (all && ids.length > 0) command.error('--all means every task: give it, or the IDs of tasks, and not both');
  if (!all && ids.length === 0) command.error("missing required argument 'task'");
}

export function tasksThatAre(statuses: readonly Status[], { shiplog, context }: Session): readonly string[] {
  return shiplog.runtime
    .states({}, context)
    .filter(({ state }) => statuses.includes(state.status))
    .map(({ task }) => task);
}

function workOn<O>(
  command: Command,
  work: (task: ManagedTask, session: Session, options: O) => Promise<void>,
  options: O,
): TaskWork<void> {
  return {
    name: command.name(),
    run: async (id, session) => {
      await work(await session.shiplog.runtime.task(id, session.context), session, options);
    },
  };
}
