/** given([events]).when(command).then([events]): what was said of a task, what is asked of it, what is said then. */
import { expect } from 'vitest';
import type { ErrorCode } from '../../src/kernel/errors.js';
import type { TaskCommand } from '../../src/task/commands.js';
import { decide } from '../../src/task/decide.js';
import type { TaskEvent } from '../../src/task/events.js';
import { evolve } from '../../src/task/evolve.js';
import { initialTaskState, type TaskState } from '../../src/task/state.js';
import { time } from './fixtures.js';

export function stateAfter(events: readonly TaskEvent[]): TaskState {
  return events.reduce<TaskState>((state, event) => evolve(state, event, time), initialTaskState);
}

export function given(events: readonly TaskEvent[]) {
  const state = stateAfter(events);
  return {
    when(command: TaskCommand) {
      return {
        // biome-ignore lint/suspicious/noThenProperty: given, when, then is how a specification reads; nobody awaits it
        then(expected: readonly TaskEvent[]): void {
          expect(decide(command, state)).toEqual({ kind: 'append', events: expected });
        },
        /** One event of that type, whatever is in it. */
        thenAppends(type: TaskEvent['type']): void {
          expect(decide(command, state)).toMatchObject({ kind: 'append', events: [{ type }] });
        },
        thenUnchanged(): void {
          expect(decide(command, state)).toEqual({ kind: 'unchanged' });
        },
        /** @param requestId of the open request that is waited for */
        thenWaits(requestId: string): void {
          expect(decide(command, state)).toMatchObject({ kind: 'wait', pending: { requestId } });
        },
        thenRejects(code: ErrorCode, message = /./): void {
          const decision = decide(command, state);
          expect(decision).toMatchObject({ kind: 'reject', error: { code } });
          if (decision.kind === 'reject') expect(decision.error.message).toMatch(message);
        },
        thenMisfits(): void {
          expect(() => decide(command, state)).toThrow(TypeError);
        },
      };
    },
  };
}
