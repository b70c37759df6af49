/** The check of histories: what it must not pass over. */
import type { LogRecord } from '@shiplog/core';
import { expect, it } from 'vitest';
import { checkHistory } from './check.js';
import type { Call, Look } from './history.js';

const task = 'web';
const record = (position: number, type: string, event: Record<string, unknown> = {}) =>
  ({ position, task, type, event: { containerId: task, ...event } }) as unknown as LogRecord;
const look = (at: number, head: number): Look => ({ since: String(at), until: String(at), head });

const created = [
  record(1, '/tasks/create-requested', { requestId: 'a' }),
  record(2, '/tasks/create', { requestId: 'a', pid: 7 }),
];
const ended = record(3, '/tasks/exit', { id: task, exitStatus: 5, pid: 7 });

const create: Call = {
  call: 1,
  command: 'create',
  task,
  exec: '',
  before: look(1, 0),
  after: look(2, 2),
  receipts: [1, 2],
  code: '',
  message: '',
  seen: [],
  exit: null,
};
const of = (change: Partial<Call>): Call => ({
  ...create,
  receipts: [],
  before: look(3, 2),
  after: look(4, 2),
  ...change,
});
const state = (status: string, change: Partial<Call> = {}) =>
  of({ command: 'state', seen: [{ task, status, pid: 7 }], ...change });

it.each<[what: string, records: readonly LogRecord[], calls: readonly Call[]]>([
  ['what happened', created, [create, state('created'), of({ command: 'pause', code: 'failed-precondition' })]],
  [
    'a look into the middle',
    [...created, ended],
    [state('stopped', { after: look(4, 3) }), state('created', { after: look(4, 3) })],
  ],
  ['a call of a client that was killed', created, [{ call: 1, command: 'create', task, exec: '', before: look(1, 0) }]],
])('%s is linearizable', (_what, records, calls) => {
  expect(checkHistory(records, calls)).toEqual([]);
});

it.each<[what: string, records: readonly LogRecord[], calls: readonly Call[], complaint: string]>([
  ['a fact before the call', created, [{ ...create, before: look(1, 1) }], 'what it wrote is at 1'],
  ['a fact after its return', created, [{ ...create, after: look(2, 1) }], 'what it wrote is at 2'],
  ['a fact that is not there', created.slice(0, 1), [create], 'what it wrote is not at 2'],
  ['a status that it never had', created, [state('running')], 'web never was running'],
  [
    'an old status',
    [...created, ended],
    [state('created', { before: look(3, 3), after: look(4, 3) })],
    'web never was created',
  ],
  ['a refusal for nothing', created, [of({ command: 'start', code: 'failed-precondition' })], 'no reason to refuse it'],
  ['another refusal', created, [of({ command: 'pause', code: 'not-found' })], 'no reason to refuse it'],
  [
    'a task that is said to be gone',
    created,
    [of({ command: 'state', code: 'not-found' })],
    'it was there all the time',
  ],
  ['a success that nobody asked for', created, [of({ command: 'start' })], 'it succeeded, and was never asked for'],
  [
    'an exit that is another',
    [...created, ended],
    [of({ command: 'wait', exit: 4, after: look(4, 3) })],
    'its exit is another',
  ],
  ['a list without the task', created, [of({ command: 'list' })], 'web is not in the list'],
  [
    'a log that grows shorter',
    created,
    [create, state('created', { before: look(3, 1) })],
    'position 2 was seen, and then 1 was the last one',
  ],
  [
    'a second create',
    [...created, record(3, '/tasks/create-requested', { requestId: 'b' })],
    [],
    '/tasks/create-requested of a task that is',
  ],
  [
    'an exit while it starts',
    [...created, record(3, '/tasks/start-requested', { requestId: 'b' }), { ...ended, position: 4 }],
    [],
    '/tasks/exit of a task that is',
  ],
])('%s is not', (_what, records, calls, complaint) => {
  expect(checkHistory(records, calls)).toEqual([expect.stringContaining(complaint)]);
});
