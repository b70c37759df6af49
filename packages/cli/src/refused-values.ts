/**
 * The values of flags that are none (a size of memory, a signal). Where a command asks something of a task, such a value is
 * refused only when the task is known, and the refusal stands in the task's log: who tried what belongs to its story.
 */
import type { TaskManager } from '@shiplog/core';
import { type Command, CommanderError, type Option } from 'commander';
import { aboutTask } from './commands/each-task.js';
import type { Session } from './session.js';
import { tasksOf } from './tasks-of.js';

type Request = Parameters<TaskManager['refuse']>[0];

/** What is asked of a task, by the name of the command. */
const requests: Readonly<Record<string, Request>> = {
  run: 'CreateTask',
  create: 'CreateTask',
  restore: 'CreateTask',
  start: 'StartTask',
  exec: 'AddExec',
  kill: 'KillProcess',
  stop: 'KillProcess',
  pause: 'PauseTask',
  resume: 'ResumeTask',
  update: 'UpdateTask',
  checkpoint: 'CheckpointTask',
  delete: 'DeleteProcess',
};

/** `audit checkpoint` asks nothing of a task. */
function requestOf(command: Command): Request | undefined {
  const isOfGroup = command.parent?.parent != null;
  return isOfGroup ? undefined : requests[command.name()];
}

class RefusedValue {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** Lets the options that a command has by now take any value; `refusedIn` tells of those that are none. */
export function deferRefusals(command: Command): void {
  if (!requestOf(command)) return;
  for (const option of command.options) {
    const parse = option.parseArg as ((value: string, before: unknown) => unknown) | undefined;
    if (!parse) continue;
    const parseOrKeep = (value: string, before: unknown): unknown => {
      if (before instanceof RefusedValue) return before;
      try {
        return parse(value, before);
      } catch (error) {
        return new RefusedValue(usageError(option, value, error));
      }
    };
    option.argParser(parseOrKeep as (value: string) => string);
  }
}

/** As commander would have said it. */
function usageError(option: Option, value: string, error: unknown): unknown {
  if (!(error instanceof CommanderError) || error.code !== 'commander.invalidArgument') return error;
  const message = `error: option '${option.flags}' argument '${value}' is invalid. ${error.message}`;
  return new CommanderError(error.exitCode, error.code, message);
}

export interface Refusal {
  readonly error: unknown;
  /** Brings it into the log of each task that the command is about. */
  record(session: Session): Promise<void>;
}

/** The first value that is none; undefined if there is none such. */
export function refusedIn(command: Command): Refusal | undefined {
  const refused = Object.values(command.opts<Record<string, unknown>>()).find((value) => value instanceof RefusedValue);
  const request = requestOf(command);
  if (refused === undefined || request === undefined) return undefined;
  const { error } = refused;
  return {
    error,
    async record(session) {
      const cause = await causeOf(error);
      for (const id of tasksOf(command)) {
        const { shiplog, context } = aboutTask(session, command.name(), id);
        await shiplog.runtime.refuse(request, id, cause, context);
      }
    },
  };
}

/** An error of commander's as one of ours; the core is not loaded before it is needed. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof CommanderError)) return error;
  const { InvalidArgumentError } = await import('@shiplog/core');
  return new InvalidArgumentError(error.message.replace(/^error: /, ''));
}
