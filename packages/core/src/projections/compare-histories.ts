/** Two histories of one task, event for event: types, order and exit codes; times and pids apart. Pure. */
import type { LogRecord } from '../event-log/event-log.js';
import { timestampToNanos } from '../kernel/clock.js';

/** An event, as far as it can be compared. */
export interface HistoryStep {
  readonly type: string;
  /** The exec that it is about; empty for the task itself. */
  readonly execId: string;
  /** `exit code 7`, `signal 9`, `not-found`; empty where the type says all. */
  readonly detail: string;
  /** Milliseconds: of an outcome since its request, of an exit since its start; undefined for what takes no time. */
  readonly durationMs?: number;
}

export interface HistoryRow {
  /** Undefined for what came only in the rehearsal. */
  readonly recorded?: HistoryStep;
  /** Undefined for what came only in the record. */
  readonly rehearsed?: HistoryStep;
  readonly same: boolean;
}

/** What is not the task's doing: who was refused, who took over. */
const passedOver = new Set([
  '/tasks/rejected',
  '/recovery/claimed',
  '/recovery/clean-requested',
  '/recovery/cleaned',
  '/recovery/clean-failed',
]);

/** @param records of one stream, in order */
export function stepsOf(records: Iterable<LogRecord>): readonly HistoryStep[] {
  const asked = new Map<string, bigint>();
  const started = new Map<string, bigint>();
  const steps: HistoryStep[] = [];
  for (const { type, event, time } of records) {
    if (passedOver.has(type)) continue;
    const now = timestampToNanos(time);
    const execId = execOf(event);
    const { requestId } = event;
    const isRequest = type.endsWith('-requested');
    if (typeof requestId === 'string' && isRequest) asked.set(requestId, now);
    if (type === '/tasks/start' || type === '/tasks/exec-started') started.set(execId, now);
    const since = isRequest ? undefined : type === '/tasks/exit' ? started.get(execId) : asked.get(String(requestId));
    const durationMs = since === undefined ? undefined : Number(now - since) / 1e6;
    steps.push({ type, execId, detail: detailOf(type, event), ...(durationMs !== undefined && { durationMs }) });
  }
  return settled(steps);
}

function execOf({ execId, id, containerId }: LogRecord['event']): string {
  if (typeof execId === 'string') return execId;
  return typeof id === 'string' && id !== containerId ? id : '';
}

function detailOf(type: string, { exitStatus, certainty, signal, all, code }: LogRecord['event']): string {
  if (type === '/tasks/exit' || type === '/tasks/delete') {
    return certainty === 'observed' ? `exit code ${exitStatus}` : `exit code ${certainty}`;
  }
  if (typeof signal === 'number') return `signal ${signal}${all === true ? ' to all' : ''}`;
  return typeof code === 'string' ? code : '';
}

const isExit = ({ type }: HistoryStep) => type === '/tasks/exit';

/**
 * Two things come in either order, by chance: the exit of what was killed and the word that the signal was sent, and the
 * exits of a task and of its execs. Both are put into one.
 */
function settled(steps: readonly HistoryStep[]): readonly HistoryStep[] {
  const result: HistoryStep[] = [];
  for (const step of steps) {
    let place = result.length;
    const before = (index: number) => result[index] as HistoryStep;
    if (step.type === '/tasks/signalled' || step.type === '/tasks/kill-failed') {
      while (place > 0 && isExit(before(place - 1))) place -= 1;
    } else if (isExit(step)) {
      while (place > 0 && isExit(before(place - 1)) && before(place - 1).execId > step.execId) place -= 1;
    }
    result.splice(place, 0, step);
  }
  return result;
}

const keyOf = ({ type, execId }: HistoryStep) => `${type} ${execId}`;

/** Side by side, as few of them alone as can be. */
export function compareHistories(
  recorded: readonly HistoryStep[],
  rehearsed: readonly HistoryStep[],
): readonly HistoryRow[] {
  const rows: HistoryRow[] = [];
  const lengths = commonLengths(recorded, rehearsed);
  let [left, right] = [0, 0];
  while (left < recorded.length || right < rehearsed.length) {
    const [one, other] = [recorded[left], rehearsed[right]];
    if (one && other && keyOf(one) === keyOf(other)) {
      rows.push({ recorded: one, rehearsed: other, same: one.detail === other.detail });
      left += 1;
      right += 1;
    } else if (other && (!one || at(lengths, left, right + 1) > at(lengths, left + 1, right))) {
      rows.push({ rehearsed: other, same: false });
      right += 1;
    } else if (one) {
      rows.push({ recorded: one, same: false });
      left += 1;
    }
  }
  return rows;
}

/** The length of the longest common part of what is behind each pair of places. */
function commonLengths(recorded: readonly HistoryStep[], rehearsed: readonly HistoryStep[]): readonly Uint32Array[] {
  const [left, right] = [recorded.map(keyOf), rehearsed.map(keyOf)];
  const lengths = Array.from({ length: left.length + 1 }, () => new Uint32Array(right.length + 1));
  for (let row = left.length - 1; row >= 0; row -= 1) {
    for (let column = right.length - 1; column >= 0; column -= 1) {
      (lengths[row] as Uint32Array)[column] =
        left[row] === right[column]
          ? at(lengths, row + 1, column + 1) + 1
          : Math.max(at(lengths, row + 1, column), at(lengths, row, column + 1));
    }
  }
  return lengths;
}

function at(lengths: readonly Uint32Array[], row: number, column: number): number {
  return lengths[row]?.[column] ?? 0;
}
