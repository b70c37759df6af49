/**
 * Random walks: several processes ask, act and notice in any order, each step through `decide` and `evolve` as the
 * straight line has it. What they do is chosen by `Step`s, which mean something in whatever state they meet.
 */
import fc from 'fast-check';
import type { LogRecord } from '../../src/event-log/event-log.js';
import { timestampFromNanos } from '../../src/kernel/clock.js';
import { type ExecId, parseExecId } from '../../src/kernel/identifiers.js';
import type { ProcessIdentity } from '../../src/kernel/process-identity.js';
import type { RequestCommand, TaskCommand } from '../../src/task/commands.js';
import { decide } from '../../src/task/decide.js';
import type { Decision } from '../../src/task/decision.js';
import { eventVersions, type TaskEvent } from '../../src/task/events.js';
import { evolve } from '../../src/task/evolve.js';
import {
  commandOf as askedBy,
  execOf,
  initialTaskState,
  isPresent,
  type OpenRequest,
  openRequests,
  type PendingCommand,
  requestOf,
  type TaskState,
} from '../../src/task/state.js';
import { cause, changed, commandOf, containerId, taskExit } from './fixtures.js';

/** Names that JavaScript knows are among them, and the task's own. */
const execIds = ['a', 'constructor', 'web'].map(parseExecId);
const targets = ['/a', 'constructor', '__proto__'];
const owners: readonly ProcessIdentity[] = [1, 2, 3].map((pid) => ({ pid, startTime: pid, bootId: 'boot' }));

const requestTypes = [
  'CreateTask',
  'StartTask',
  'AddExec',
  'StartExec',
  'KillProcess',
  'PauseTask',
  'ResumeTask',
  'UpdateTask',
  'CheckpointTask',
  'DeleteProcess',
  'ActivateMounts',
  'DeactivateMounts',
  'CleanUp',
] as const satisfies readonly RequestCommand['type'][];

/** What leads on; asked for more often, so that walks get far. */
const onwards = [
  'CreateTask',
  'StartTask',
  'AddExec',
  'StartExec',
  'KillProcess',
  'PauseTask',
  'ResumeTask',
  'DeleteProcess',
] as const;

type Deed =
  | {
      readonly kind: 'ask';
      readonly type: RequestCommand['type'];
      readonly execId: ExecId | '';
      readonly target: string;
    }
  /** The outcome of one of the open requests, or a late one of a request that was settled before. */
  | { readonly kind: 'settle'; readonly which: number; readonly succeeds: boolean; readonly late: boolean }
  | { readonly kind: 'exit'; readonly execId: ExecId | ''; readonly stale: boolean; readonly oomKilled: boolean }
  | { readonly kind: 'claim'; readonly which: number };

/** By which of the processes. */
export type Step = Deed & { readonly by: number };

const process = fc.oneof({ weight: 2, arbitrary: fc.constant('' as const) }, fc.constantFrom(...execIds));

const step: fc.Arbitrary<Step> = fc
  .tuple(
    fc.nat(owners.length - 1),
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('ask' as const),
          type: fc.oneof(fc.constantFrom(...onwards), fc.constantFrom(...requestTypes)),
          execId: process,
          target: fc.constantFrom(...targets),
        }),
      },
      {
        weight: 8,
        arbitrary: fc.record({
          kind: fc.constant('settle' as const),
          which: fc.nat(),
          succeeds: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
          late: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('exit' as const),
          execId: process,
          stale: fc.boolean(),
          oomKilled: fc.boolean(),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('claim' as const), which: fc.nat() }) },
    ),
  )
  .map(([by, what]) => ({ by, ...what }));

const settle: Step = { by: 0, kind: 'settle', which: 0, succeeds: true, late: false };
const ask = (type: RequestCommand['type'], execId: ExecId | '' = ''): Step[] => [
  { by: 0, kind: 'ask', type, execId, target: '/a' },
  settle,
];
const [first = parseExecId('a')] = execIds;
const running = [...ask('CreateTask'), ...ask('StartTask')];

/** From the very beginning, or from a task that runs, with or without an exec in it. */
export const steps: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    fc.constantFrom([], running, [...running, ...ask('AddExec', first), ...ask('StartExec', first)]),
    fc.array(step, { maxLength: 100, size: 'max' }),
  )
  .map(([beginning, rest]) => [...beginning, ...rest]);

export interface Walk {
  readonly records: readonly LogRecord[];
  readonly events: readonly TaskEvent[];
  readonly state: TaskState;
  /** What came of each step that had a command, with the state that it met. */
  readonly decisions: readonly { readonly before: TaskState; readonly decision: Decision }[];
}

export function walk(path: readonly Step[]): Walk {
  let state: TaskState = initialTaskState;
  const events: TaskEvent[] = [];
  const records: LogRecord[] = [];
  const decisions: { before: TaskState; decision: Decision }[] = [];
  path.forEach((each, index) => {
    const command = commandIn(state, each, index, events);
    if (!command) return;
    const decision = decide(command, state);
    decisions.push({ before: state, decision });
    if (decision.kind !== 'append') return;
    for (const event of decision.events) {
      const record = recordOf(event, records.length + 1);
      state = evolve(state, event, record.time);
      events.push(event);
      records.push(record);
    }
  });
  return { records, events, state, decisions };
}

/** As the straight line writes it. */
export function recordOf({ type, ...event }: TaskEvent, position: number): LogRecord {
  return {
    position,
    namespace: 'default',
    task: containerId,
    version: position,
    type,
    schema: eventVersions[type],
    time: timestampFromNanos(BigInt(position) * 1_000_000_007n),
    actor: { uid: 0, gid: 0, pid: 1, loginUid: null, command: '', user: '', requestId: '' },
    runtime: '',
    runtimeVersion: '',
    correlationId: '',
    causation: 0,
    event: JSON.parse(JSON.stringify(event)) as Record<string, unknown>,
  };
}

/** A pid of its own for each start and each create, so that an exit tells whose it is. */
const pidOf = (index: number): number => 1000 + index;

function commandIn(state: TaskState, what: Step, index: number, events: readonly TaskEvent[]): TaskCommand | undefined {
  const owner = owners[what.by];
  switch (what.kind) {
    case 'ask':
      return changed(commandOf(what.type, `request-${index}`), { owner, ...memberOf(what) });
    case 'settle': {
      if (what.late) return lateOutcome(what.which, index, events);
      const open = pick(openRequests(state), what.which);
      return open && outcomeOf(open, what.succeeds, index);
    }
    case 'exit': {
      const pid = what.stale ? 1 : pidIn(state, what.execId);
      return changed(commandOf('RecordExit'), {
        execId: what.execId,
        exit: { ...taskExit, pid, oomKilled: what.oomKilled },
      });
    }
    case 'claim': {
      const open = pick(openRequests(state), what.which);
      return (
        open && changed(commandOf('ClaimRequest', requestOf(open).requestId), { owner, from: requestOf(open).owner })
      );
    }
  }
}

function memberOf({ type, execId, target }: Step & { kind: 'ask' }): object {
  switch (type) {
    case 'AddExec':
    case 'StartExec':
      return { execId: execId === '' ? execIds[0] : execId };
    case 'KillProcess':
    case 'DeleteProcess':
      return { execId };
    case 'ActivateMounts':
    case 'DeactivateMounts':
      return { target };
    default:
      return {};
  }
}

const outcomes = {
  create: 'RecordCreated',
  start: 'RecordStarted',
  exec: 'RecordDone',
  'exec-start': 'RecordStarted',
  pause: 'RecordDone',
  resume: 'RecordDone',
  update: 'RecordUpdated',
  checkpoint: 'RecordCheckpointed',
  delete: 'RecordDeleted',
  kill: 'RecordDone',
  activate: 'RecordDone',
  deactivate: 'RecordDone',
  clean: 'RecordDone',
} as const satisfies Record<PendingCommand, TaskCommand['type']>;

function outcomeOf(open: OpenRequest, succeeds: boolean, index: number): TaskCommand {
  const { requestId } = requestOf(open);
  if (!succeeds) return changed(commandOf('RecordFailed', requestId), { cause });
  const command = commandOf(outcomes[askedBy(open)], requestId);
  return 'pid' in command ? changed(command, { pid: pidOf(index) }) : command;
}

/** Of any request that was ever made, settled or not. */
function lateOutcome(which: number, index: number, events: readonly TaskEvent[]): TaskCommand | undefined {
  const requests = events.filter((event) => 'requestId' in event);
  const request = pick(requests, which + index);
  return request && commandOf('RecordFailed', request.requestId);
}

function pick<T>(list: readonly T[], which: number): T | undefined {
  return list[which % Math.max(1, list.length)];
}

function pidIn(state: TaskState, execId: ExecId | ''): number {
  if (!isPresent(state)) return 0;
  if (execId === '') return state.pid;
  const exec = execOf(state, execId);
  return exec?.status === 'running' ? exec.pid : 0;
}
