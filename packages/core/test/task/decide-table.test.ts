/**
 * Every status, and every open request, times every command. The answers come from containerd's
 * `cmd/containerd-shim-runc-v2/process/{init,exec}_state.go` (D4) and from the rules D1 to D3 of `decide.ts`.
 *
 *   append   the command's event is appended         missing   rejected: not-found
 *   wait     for the open request                    refused   rejected: failed-precondition
 *   same     nothing is left to do                   exists    rejected: already-exists
 *   misfit   no outcome of the open request: a TypeError, since only a caller that is wrong can say it
 */
import { describe, it } from 'vitest';
import type { ErrorCode } from '../../src/kernel/errors.js';
import type { RequestCommand, TaskCommand } from '../../src/task/commands.js';
import type { TaskEvent } from '../../src/task/events.js';
import type { PendingCommand } from '../../src/task/state.js';
import {
  changed,
  commandOf,
  done,
  exited,
  failed,
  oom,
  requested,
  requestIdOf,
  shell,
  shellExit,
  shellExited,
} from './fixtures.js';
import { given } from './given.js';
import { type ExecScene, execScenes, type OpenScene, openScenes, type StatusScene, statusScenes } from './scenes.js';

const codes = {
  missing: 'not-found',
  refused: 'failed-precondition',
  exists: 'already-exists',
} as const satisfies Record<string, ErrorCode>;

type Cell = keyof typeof codes | 'append' | 'wait' | 'same' | 'misfit';
type Row<Columns extends readonly string[]> = { readonly [Index in keyof Columns]: Cell };

/** A list that is a type error until every one of the names stands in it. */
function every<Name extends string>() {
  return <const Names extends readonly Name[]>(
    names: Names & ([Name] extends [Names[number]] ? unknown : readonly ['one is missing']),
  ): Names => names;
}

const statuses = every<StatusScene>()([
  'absent',
  'creating',
  'created',
  'unrestored',
  'running',
  'pausing',
  'paused',
  'stopped',
  'deleted',
]);

// biome-ignore format: read by its columns
const byStatus = {
  //                   absent      creating    created     unrestored  running     pausing     paused      stopped     deleted
  CreateTask:         ['append',   'wait',     'exists',   'exists',   'exists',   'exists',   'exists',   'exists',   'append'],
  StartTask:          ['missing',  'wait',     'append',   'append',   'refused',  'wait',     'refused',  'refused',  'missing'],
  AddExec:            ['missing',  'wait',     'append',   'refused',  'append',   'wait',     'refused',  'refused',  'missing'],
  StartExec:          ['missing',  'wait',     'append',   'missing',  'append',   'wait',     'refused',  'refused',  'missing'],
  KillProcess:        ['missing',  'refused',  'append',   'refused',  'append',   'append',   'append',   'missing',  'missing'],
  PauseTask:          ['missing',  'wait',     'refused',  'refused',  'append',   'wait',     'refused',  'refused',  'missing'],
  ResumeTask:         ['missing',  'wait',     'refused',  'refused',  'refused',  'wait',     'append',   'refused',  'missing'],
  UpdateTask:         ['missing',  'wait',     'append',   'refused',  'append',   'wait',     'append',   'refused',  'missing'],
  CheckpointTask:     ['missing',  'wait',     'refused',  'refused',  'append',   'wait',     'append',   'refused',  'missing'],
  DeleteProcess:      ['missing',  'wait',     'append',   'append',   'refused',  'wait',     'refused',  'append',   'missing'],
  ActivateMounts:     ['append',   'append',   'append',   'append',   'append',   'append',   'append',   'append',   'append'],
  DeactivateMounts:   ['same',     'same',     'same',     'same',     'same',     'same',     'same',     'same',     'same'],
  CleanUp:            ['append',   'refused',  'refused',  'refused',  'refused',  'refused',  'refused',  'refused',  'append'],
  ClaimRequest:       ['same',     'append',   'same',     'same',     'same',     'append',   'same',     'same',     'same'],
  RecordCreated:      ['same',     'append',   'same',     'same',     'same',     'misfit',   'same',     'same',     'same'],
  RecordStarted:      ['same',     'misfit',   'same',     'same',     'same',     'misfit',   'same',     'same',     'same'],
  RecordUpdated:      ['same',     'misfit',   'same',     'same',     'same',     'misfit',   'same',     'same',     'same'],
  RecordCheckpointed: ['same',     'misfit',   'same',     'same',     'same',     'misfit',   'same',     'same',     'same'],
  RecordDone:         ['same',     'misfit',   'same',     'same',     'same',     'append',   'same',     'same',     'same'],
  RecordDeleted:      ['same',     'misfit',   'same',     'same',     'same',     'misfit',   'same',     'same',     'same'],
  RecordFailed:       ['same',     'append',   'same',     'same',     'same',     'append',   'same',     'same',     'same'],
  RecordExit:         ['same',     'wait',     'append',   'append',   'append',   'append',   'append',   'same',     'same'],
  RecordOom:          ['same',     'wait',     'append',   'append',   'append',   'append',   'append',   'same',     'same'],
  RecordRejected:     ['append',   'append',   'append',   'append',   'append',   'append',   'append',   'append',   'append'],
} as const satisfies Record<TaskCommand['type'], Row<typeof statuses>>;

const opens = every<OpenScene>()([
  'start',
  'exec',
  'exec-start',
  'resume',
  'update',
  'checkpoint',
  'delete',
  'kill',
  'activate',
  'deactivate',
  'clean',
]);

// biome-ignore format: read by its columns
const byOpenRequest = {
  //                   start      exec       exec-start resume   update    checkpoint delete    kill       activate   deactivate clean
  CreateTask:         ['exists', 'exists',  'exists',  'exists', 'exists', 'exists', 'wait',    'exists',  'exists',  'exists',  'wait'],
  StartTask:          ['wait',   'refused', 'refused', 'wait',   'wait',   'wait',   'wait',    'refused', 'refused', 'refused',  'missing'],
  AddExec:            ['wait',   'append',  'append',  'wait',   'wait',   'wait',   'wait',    'append',  'append',  'append',  'missing'],
  StartExec:          ['wait',   'wait',    'wait',    'wait',   'wait',   'wait',   'wait',    'append',  'append',  'append',  'missing'],
  KillProcess:        ['append', 'append',  'append',  'append', 'append', 'append', 'missing', 'append',  'append',  'append',  'missing'],
  PauseTask:          ['wait',   'append',  'append',  'wait',   'wait',   'wait',   'wait',    'append',  'append',  'append',  'missing'],
  ResumeTask:         ['wait',   'refused', 'refused', 'wait',   'wait',   'wait',   'wait',    'refused', 'refused', 'refused',  'missing'],
  UpdateTask:         ['wait',   'append',  'append',  'wait',   'wait',   'wait',   'wait',    'append',  'append',  'append',  'missing'],
  CheckpointTask:     ['wait',   'append',  'append',  'wait',   'wait',   'wait',   'wait',    'append',  'append',  'append',  'missing'],
  DeleteProcess:      ['wait',   'refused', 'refused', 'wait',   'wait',   'wait',   'wait',    'refused', 'refused', 'refused',  'missing'],
  ActivateMounts:     ['append', 'append',  'append',  'append', 'append', 'append', 'append',  'append',  'wait',    'wait',  'append'],
  DeactivateMounts:   ['same',   'same',    'same',    'same',   'same',   'same',   'same',    'same',    'wait',    'wait',  'same'],
  CleanUp:            ['refused', 'refused', 'refused', 'refused', 'refused', 'refused', 'refused', 'refused', 'refused', 'refused',   'wait'],
  ClaimRequest:       ['append', 'append',  'append',  'append', 'append', 'append', 'append',  'append',  'append',  'append',  'append'],
  RecordCreated:      ['misfit', 'misfit',  'misfit',  'misfit', 'misfit', 'misfit', 'misfit',  'misfit',  'misfit',  'misfit',  'misfit'],
  RecordStarted:      ['append', 'misfit',  'append',  'misfit', 'misfit', 'misfit', 'misfit',  'misfit',  'misfit',  'misfit',  'misfit'],
  RecordUpdated:      ['misfit', 'misfit',  'misfit',  'misfit', 'append', 'misfit', 'misfit',  'misfit',  'misfit',  'misfit',  'misfit'],
  RecordCheckpointed: ['misfit', 'misfit',  'misfit',  'misfit', 'misfit', 'append', 'misfit',  'misfit',  'misfit',  'misfit',  'misfit'],
  RecordDone:         ['misfit', 'append',  'misfit',  'append', 'misfit', 'misfit', 'misfit',  'append',  'append',  'append',  'append'],
  RecordDeleted:      ['misfit', 'misfit',  'misfit',  'misfit', 'misfit', 'misfit', 'append',  'misfit',  'misfit',  'misfit',  'misfit'],
  RecordFailed:       ['append', 'append',  'append',  'append', 'append', 'append', 'append',  'append',  'append',  'append',  'append'],
  RecordExit:         ['wait',   'append',  'append',  'append', 'append', 'wait',   'same',    'append',  'append',  'append',  'same'],
  RecordOom:          ['append', 'append',  'append',  'append', 'append', 'append', 'same',    'append',  'append',  'append',  'same'],
  RecordRejected:     ['append', 'append',  'append',  'append', 'append', 'append', 'append',  'append',  'append',  'append',  'append'],
} as const satisfies Record<TaskCommand['type'], Row<typeof opens>>;

/** Commands on the exec `shell`, in a task that runs. */
const onShell = {
  AddExec: changed(commandOf('AddExec'), { execId: shell }),
  StartExec: commandOf('StartExec'),
  KillProcess: changed(commandOf('KillProcess'), { execId: shell }),
  DeleteProcess: changed(commandOf('DeleteProcess'), { execId: shell }),
  RecordExit: changed(commandOf('RecordExit'), { execId: shell, exit: shellExit }),
} as const satisfies Partial<Record<TaskCommand['type'], TaskCommand>>;

const execs = every<ExecScene>()(['none', 'adding', 'created', 'starting', 'running', 'stopped', 'deleting']);

// biome-ignore format: read by its columns
const byExecStatus = {
  //              none       adding     created    starting   running    stopped    deleting
  AddExec:       ['append',  'wait',    'exists',  'exists',  'exists',  'exists',  'wait'],
  StartExec:     ['missing', 'wait',    'append',  'wait',    'refused', 'refused', 'wait'],
  KillProcess:   ['missing', 'refused', 'refused', 'refused', 'append',  'missing', 'missing'],
  DeleteProcess: ['missing', 'wait',    'append',  'wait',    'refused', 'append',  'wait'],
  RecordExit:    ['same',    'same',    'same',    'wait',    'append',  'same',    'same'],
} as const satisfies Record<keyof typeof onShell, Row<typeof execs>>;

/** What a request is for. */
const asksFor = {
  CreateTask: 'create',
  StartTask: 'start',
  AddExec: 'exec',
  StartExec: 'exec-start',
  KillProcess: 'kill',
  PauseTask: 'pause',
  ResumeTask: 'resume',
  UpdateTask: 'update',
  CheckpointTask: 'checkpoint',
  DeleteProcess: 'delete',
  ActivateMounts: 'activate',
  DeactivateMounts: 'deactivate',
  CleanUp: 'clean',
} as const satisfies Record<RequestCommand['type'], PendingCommand>;

function expectCell(cell: Cell, scene: readonly TaskEvent[], command: TaskCommand, open: PendingCommand): void {
  const when = given(scene).when(command);
  switch (cell) {
    case 'append':
      when.thenAppends(appendedBy(command, open));
      break;
    case 'wait':
      when.thenWaits(requestIdOf(open));
      break;
    case 'same':
      when.thenUnchanged();
      break;
    case 'misfit':
      when.thenMisfits();
      break;
    default:
      when.thenRejects(codes[cell]);
  }
}

/** The type of the event that a command appends, given which request is open. */
function appendedBy({ type, ...command }: TaskCommand, open: PendingCommand): TaskEvent['type'] {
  switch (type) {
    case 'ClaimRequest':
      return '/recovery/claimed';
    case 'RecordExit':
      return 'execId' in command && command.execId === shell ? shellExited.type : exited.type;
    case 'RecordOom':
      return oom.type;
    case 'RecordRejected':
      return '/tasks/rejected';
    case 'RecordFailed':
      return failed[open].type;
    case 'RecordCreated':
    case 'RecordStarted':
    case 'RecordUpdated':
    case 'RecordCheckpointed':
    case 'RecordDone':
    case 'RecordDeleted':
      return done[open].type;
    default:
      return requested[asksFor[type]].type;
  }
}

const commandTypes = Object.keys(byStatus) as (keyof typeof byStatus)[];

describe.each(commandTypes)('%s', (type) => {
  it.each(statuses.map((status, column) => [byStatus[type][column] as Cell, status] as const))(
    '%s: a task that is %s',
    (cell, status) => {
      const open = status === 'pausing' ? 'pause' : 'create';
      expectCell(cell, statusScenes[status], commandOf(type, requestIdOf(open)), open);
    },
  );

  it.each(opens.map((open, column) => [byOpenRequest[type][column] as Cell, open] as const))(
    '%s: a task with an open request: %s',
    (cell, open) => {
      expectCell(cell, openScenes[open], commandOf(type, requestIdOf(open)), open);
    },
  );
});

describe.each(Object.keys(onShell) as (keyof typeof onShell)[])('%s on an exec', (type) => {
  it.each(execs.map((status, column) => [byExecStatus[type][column] as Cell, status] as const))(
    '%s: an exec that is %s',
    (cell, status) => {
      const open = status === 'adding' ? 'exec' : status === 'starting' ? 'exec-start' : 'delete';
      expectCell(cell, execScenes[status], onShell[type], open);
    },
  );
});
