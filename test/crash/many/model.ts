/**
 * What a task is, said once more and without the product's help: containerd's state machine with open requests. It takes
 * the records of a stream one after the other, and says what none of them may do; and which commands are refused when.
 */
import type { TaskEvent } from '@shiplog/core';
import type { Command } from './history.ts';

export interface ModelExec {
  readonly status: 'adding' | 'created' | 'running' | 'stopped';
  /** The request that is open, if any. */
  readonly open: string;
}

export interface Model {
  readonly status: 'absent' | 'creating' | 'created' | 'running' | 'pausing' | 'paused' | 'stopped';
  readonly pid: number;
  readonly exit: number | null;
  /** The request that is open, and what it asks for; empty for none. */
  readonly open: string;
  readonly asked: string;
  readonly execs: Readonly<Record<string, ModelExec>>;
}

export const absent: Model = { status: 'absent', pid: 0, exit: null, open: '', asked: '', execs: {} };

export class Impossible extends Error {}

/** What a refusal says; `wait` where the command has to wait, undefined where it is allowed. */
export function refusal(model: Model, command: Command, exec: string): string | undefined {
  const { status, asked } = model;
  const isDeleting = asked === 'delete';
  if (command === 'create') {
    if (status === 'absent') return undefined;
    return status === 'creating' || isDeleting ? 'wait' : 'already-exists';
  }
  if (status === 'absent') return 'not-found';
  const its = Object.hasOwn(model.execs, exec) ? model.execs[exec] : undefined;
  if (command === 'kill' || command === 'exec-kill') {
    if (status === 'creating') return 'failed-precondition';
    if (command === 'exec-kill') {
      if (!its || its.status === 'stopped') return 'not-found';
      if (its.status !== 'running') return 'failed-precondition';
    } else if (status === 'stopped') return 'not-found';
    return isDeleting ? 'failed-precondition' : undefined;
  }
  if (status === 'creating' || model.open !== '') return 'wait';
  return command.startsWith('exec') ? execRefusal(model, command, its) : taskRefusal(model, command);
}

const allowed: Partial<Record<Command, readonly Model['status'][]>> = {
  start: ['created'],
  pause: ['running'],
  resume: ['paused'],
  update: ['created', 'running', 'paused'],
  delete: ['created', 'stopped'],
};

function taskRefusal({ status }: Model, command: Command): string | undefined {
  return allowed[command]?.includes(status) ? undefined : 'failed-precondition';
}

function execRefusal({ status }: Model, command: Command, its: ModelExec | undefined): string | undefined {
  const runs = status === 'created' || status === 'running';
  if (command === 'exec') {
    if (!runs) return 'failed-precondition';
    if (its?.status === 'adding') return 'wait';
    return its ? 'already-exists' : undefined;
  }
  if (!its) return 'not-found';
  if (its.open !== '') return 'wait';
  if (command === 'exec-start') return runs && its.status === 'created' ? undefined : 'failed-precondition';
  return its.status === 'created' || its.status === 'stopped' ? undefined : 'failed-precondition';
}

/** Requests, and as which command they are judged. */
const requests: Readonly<Record<string, Command>> = {
  '/tasks/create-requested': 'create',
  '/tasks/start-requested': 'start',
  '/tasks/pause-requested': 'pause',
  '/tasks/resume-requested': 'resume',
  '/tasks/update-requested': 'update',
};

/** @throws Impossible where the record cannot stand behind those before it */
export function follow(model: Model, event: TaskEvent): Model {
  const demand = (holds: boolean) => {
    if (!holds) throw new Impossible(`${event.type} of a task that is ${JSON.stringify(model)}`);
  };
  const request = requests[event.type];
  if (request !== undefined && 'requestId' in event) {
    demand(refusal(model, request, '') === undefined);
    const asked = { ...model, open: event.requestId, asked: request };
    if (request === 'create') return { ...absent, open: event.requestId, asked: 'create', status: 'creating' };
    return request === 'pause' ? { ...asked, status: 'pausing' } : asked;
  }
  const closes = (command: string) =>
    demand('requestId' in event && model.open === event.requestId && model.asked === command);
  const closed = { ...model, open: '', asked: '' };
  switch (event.type) {
    case '/tasks/create':
      closes('create');
      return { ...closed, status: 'created', pid: event.pid };
    case '/tasks/create-failed':
      closes('create');
      return absent;
    case '/tasks/start':
      closes('start');
      demand(model.status === 'created');
      return { ...closed, status: 'running', pid: event.pid };
    case '/tasks/paused':
      closes('pause');
      demand(model.status === 'pausing');
      return { ...closed, status: 'paused' };
    case '/tasks/pause-failed':
      closes('pause');
      return { ...closed, status: model.status === 'pausing' ? 'running' : model.status };
    case '/tasks/resumed':
      closes('resume');
      demand(model.status === 'paused');
      return { ...closed, status: 'running' };
    case '/tasks/start-failed':
      closes('start');
      return closed;
    case '/tasks/resume-failed':
      closes('resume');
      return closed;
    case '/tasks/updated':
    case '/tasks/update-failed':
      closes('update');
      return closed;
    case '/tasks/kill-requested':
      demand(refusal(model, event.execId === '' ? 'kill' : 'exec-kill', event.execId) === undefined);
      return model;
    case '/tasks/delete-requested':
      if (event.execId === '') {
        demand(refusal(model, 'delete', '') === undefined);
        return { ...model, open: event.requestId, asked: 'delete' };
      }
      return followExec(model, event, demand);
    case '/tasks/delete-failed':
      if (event.execId !== '') return followExec(model, event, demand);
      closes('delete');
      return closed;
    case '/tasks/delete':
      if (event.id !== event.containerId) return followExec(model, event, demand);
      closes('delete');
      demand(model.status === 'stopped' && model.exit === event.exitStatus);
      // Who waits for what is no more is told of its last life.
      return { ...absent, exit: model.exit };
    case '/tasks/exit':
      if (event.id !== event.containerId) return followExec(model, event, demand);
      demand(['created', 'running', 'pausing', 'paused'].includes(model.status) && model.asked !== 'start');
      return { ...model, status: 'stopped', exit: event.exitStatus };
    default:
      return followExec(model, event, demand);
  }
}

function followExec(model: Model, event: TaskEvent, demand: (holds: boolean) => void): Model {
  const put = (id: string, exec: ModelExec) => ({ ...model, execs: { ...model.execs, [id]: exec } });
  const of = (id: string) => {
    const exec = Object.hasOwn(model.execs, id) ? model.execs[id] : undefined;
    demand(exec !== undefined);
    return exec as ModelExec;
  };
  const without = (id: string) => {
    const { [id]: _gone, ...execs } = model.execs;
    return { ...model, execs };
  };
  const closes = (id: string) => demand('requestId' in event && of(id).open === event.requestId);
  switch (event.type) {
    case '/tasks/exec-requested':
      demand(refusal(model, 'exec', event.execId) === undefined);
      return put(event.execId, { status: 'adding', open: event.requestId });
    case '/tasks/exec-added':
      closes(event.execId);
      return put(event.execId, { status: 'created', open: '' });
    case '/tasks/exec-failed':
      closes(event.execId);
      return without(event.execId);
    case '/tasks/exec-start-requested':
      demand(refusal(model, 'exec-start', event.execId) === undefined);
      return put(event.execId, { status: 'created', open: event.requestId });
    case '/tasks/exec-started':
      closes(event.execId);
      return put(event.execId, { status: 'running', open: '' });
    case '/tasks/exec-start-failed':
      closes(event.execId);
      return put(event.execId, { status: 'created', open: '' });
    case '/tasks/delete-requested':
      demand(refusal(model, 'exec-delete', event.execId) === undefined);
      return put(event.execId, { ...of(event.execId), open: event.requestId });
    case '/tasks/delete-failed':
      closes(event.execId);
      return put(event.execId, { ...of(event.execId), open: '' });
    case '/tasks/exit':
      demand(of(event.id).status === 'running');
      return put(event.id, { status: 'stopped', open: of(event.id).open });
    case '/tasks/delete':
      closes(event.id);
      return without(event.id);
    default:
      return model;
  }
}
