/** An exec as the log knows it: what `state --exec` prints. */
import { ExecNotFoundError, type PastTask, type ProcessState, type TaskState } from '@shiplog/core';

export interface ExecView {
  readonly id: string;
  readonly task: string;
  readonly namespace: string;
  /** `adding` while the log has only its request. */
  readonly status: ProcessState['status'] | 'adding';
  readonly pid?: number;
  readonly exitStatus?: number;
  readonly exitedAt?: string;
  readonly certainty?: string;
  /** When it was deleted, where it was, apart from its task. */
  readonly deletedAt?: string;
}

type Of = Pick<ExecView, 'id' | 'task' | 'namespace'>;

export function execView(of: Of, { status, pid, exit }: ProcessState): ExecView {
  const ended = exit && { exitStatus: exit.status, exitedAt: exit.timestamp, certainty: exit.certainty };
  return { ...of, status, pid, ...ended };
}

/**
 * Of the last one of that ID that has ended.
 *
 * @throws NotFoundError if there never was one
 */
export function pastExecView(of: Of, tasks: readonly PastTask[]): ExecView {
  const past = tasks.findLast(({ execs }) => Object.hasOwn(execs, of.id))?.execs[of.id];
  if (!past) throw new ExecNotFoundError(of.task, of.id);
  const { exit, deletedAt } = past;
  const { pid, exitStatus, exitedAt, certainty } = exit;
  return { ...of, status: 'deleted', pid, exitStatus, exitedAt, certainty, ...(deletedAt && { deletedAt }) };
}

/**
 * As a task had it then.
 *
 * @throws NotFoundError if it had none of that ID
 */
export function execViewIn(state: TaskState, of: Of): ExecView {
  const exec = 'execs' in state && Object.hasOwn(state.execs, of.id) ? state.execs[of.id] : undefined;
  if (!exec) throw new ExecNotFoundError(of.task, of.id);
  if (exec.status !== 'stopped') return { ...of, status: exec.status, ...('pid' in exec && { pid: exec.pid }) };
  const { pid, exitStatus, exitedAt, certainty } = exec.exit;
  return { ...of, status: exec.status, pid, exitStatus, exitedAt, certainty };
}
