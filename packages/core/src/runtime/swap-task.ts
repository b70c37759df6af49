import { randomUUID } from 'node:crypto';
import type { CallContext } from '../kernel/call-context.js';
import {
  errorCodeOf,
  errorFromCode,
  errorMessageOf,
  FailedPreconditionError,
  InvalidArgumentError,
} from '../kernel/errors.js';
import type { TypedAny } from '../kernel/typed-any.js';
import { isPresent } from '../task/state.js';
import { TaskNotFoundError, TaskTransitionError } from '../task/task-errors.js';
import type { Call } from './call.js';
import { type Engine, load } from './execute.js';
import type { ManagedTask } from './managed-task.js';
import type { CreateOpts, PlatformRuntime } from './platform-runtime.js';
import { lastCreateRequested, recordedOpts } from './recorded-opts.js';

export interface SwapOpts {
  /** The ID of the runtime that it is to be on. */
  readonly runtime: string;
  /** In the place of those that it was created with. */
  readonly taskOptions?: TypedAny;
}

type Manager = Pick<PlatformRuntime, 'delete'> & {
  create(id: string, opts: CreateOpts, context?: CallContext): Promise<ManagedTask>;
};

export interface SwapPlan {
  /** As it is to be created. */
  readonly opts: CreateOpts & { readonly runtime: string };
  /** The runtime that it is on. */
  readonly from: string;
}

/** @throws whatever speaks against it; nothing was touched */
export function planSwap(engine: Engine, call: Call, { runtime: wanted, taskOptions }: SwapOpts): SwapPlan {
  const { task: id } = call.stream;
  const { state } = load(engine.log, call.stream);
  if (!isPresent(state)) throw new TaskNotFoundError(id);
  const { runtime: from, status } = state;
  const { id: runtime } = engine.backends.resolve({ runtime: wanted });
  if (runtime === from) {
    throw new InvalidArgumentError(`task ${id} is on ${runtime} already: name another runtime`, {
      details: { runtime },
    });
  }
  if (status !== 'created' && status !== 'stopped') {
    throw new TaskTransitionError(id, status, 'swap', 'kill it and wait for its end first');
  }
  const asked = lastCreateRequested(engine.log, call.stream);
  if (!asked) throw new FailedPreconditionError(`the log does not say how task ${id} was created: create it anew`);
  if (asked.checkpoint) {
    throw new FailedPreconditionError(
      `task ${id} was restored from a checkpoint, which only ${from} can read: delete it, and create it on ${runtime}`,
    );
  }
  return { from, opts: { ...recordedOpts(engine.log, asked), ...(taskOptions && { taskOptions }), runtime } };
}

/**
 * Deletes a task, and creates it anew on another runtime: all of it by events of one correlation ID. What cannot be
 * created there is created again where it was.
 */
export async function swapTask(
  manager: Manager,
  id: string,
  { opts, from }: SwapPlan,
  context: CallContext,
): Promise<ManagedTask> {
  const requestId = context.actor?.requestId ?? randomUUID();
  const together: CallContext = { ...context, actor: { ...context.actor, requestId } };
  await manager.delete(id, together);
  try {
    return await manager.create(id, opts, together);
  } catch (error) {
    const words = `task ${id} could not be created on ${opts.runtime}: ${errorMessageOf(error)}`;
    const { signal: _, deadline: __, ...patient } = together;
    await manager.create(id, { ...opts, runtime: from }, patient).catch((second: unknown) => {
      throw errorFromCode(
        errorCodeOf(error),
        `${words}; nor again on ${from}: ${errorMessageOf(second)}. It is gone; its events and its spec stay`,
        { cause: error },
      );
    });
    throw errorFromCode(errorCodeOf(error), `${words}; it is created on ${from} again`, { cause: error });
  }
}
