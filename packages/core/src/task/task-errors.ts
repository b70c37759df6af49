import { FailedPreconditionError, NotFoundError } from '../kernel/errors.js';
import type { Status } from './state.js';

/** The task's status does not allow what was asked. */
export class TaskTransitionError extends FailedPreconditionError {
  override readonly name = 'TaskTransitionError';
  constructor(task: string, status: Status | 'creating', action: string, hint: string) {
    super(`cannot ${action} task ${task}: it is ${status}; ${hint}`, { details: { task, status, action } });
  }
}

export class TaskNotFoundError extends NotFoundError {
  override readonly name = 'TaskNotFoundError';
  constructor(task: string) {
    super(`task ${task} does not exist; \`shiplog tasks\` lists those that do`, { details: { task } });
  }
}

export class ExecNotFoundError extends NotFoundError {
  override readonly name = 'ExecNotFoundError';
  constructor(task: string, exec: string) {
    super(`exec ${exec} does not exist in task ${task}`, { details: { task, exec } });
  }
}

/** As containerd says when a signal is sent to what has ended. */
export class ProcessFinishedError extends NotFoundError {
  override readonly name = 'ProcessFinishedError';
  constructor(task: string, exec: string) {
    const process = exec === '' ? `task ${task}` : `exec ${exec} in task ${task}`;
    const next = exec === '' ? `; \`shiplog delete ${task}\` removes it` : '';
    super(`the process of ${process} has already finished${next}`, { details: { task, exec } });
  }
}
