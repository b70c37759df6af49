import { type LogRecord, parseTimestamp } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { paintNothing } from '../../src/output/style.js';
import { renderTable } from '../../src/output/table.js';
import { actorLines, eventColumns, eventJson, summaryOf, whoOf } from '../../src/views/event-view.js';

const record: LogRecord = {
  position: 7,
  namespace: 'default',
  task: 'web',
  version: 3,
  type: '/tasks/exit',
  schema: 1,
  time: parseTimestamp('2026-11-23T14:06:11.123456789Z'),
  actor: { uid: 0, gid: 0, pid: 9, loginUid: null, command: 'shiplog run web', user: '', requestId: 'r' },
  runtime: 'io.containerd.runc.v2',
  runtimeVersion: '0.1.0',
  correlationId: 'r',
  causation: 0,
  event: { containerId: 'web', id: 'web', pid: 41, exitStatus: 7, certainty: 'observed', evidence: '' },
};

describe('events --json', () => {
  it('has these members, in this order', () => {
    expect(Object.keys(eventJson({ ...record, runtimeConfig: 'ab' }))).toEqual([
      'position',
      'time',
      'namespace',
      'task',
      'version',
      'type',
      'schema',
      'actor',
      'runtime',
      'runtimeVersion',
      'runtimeConfig',
      'correlationId',
      'causation',
      'event',
    ]);
  });
});

describe('the table of events', () => {
  it('has a line for an event', async () => {
    expect(await renderTable(eventColumns(undefined), [record], { paint: paintNothing })).toEqual([
      '  POS  TIME (UTC)               NAMESPACE  TASK      TYPE                     WHO       SUMMARY',
      '    7  2026-11-23 14:06:11.123  default    web       /tasks/exit              uid 0     pid 41, exit code 7',
    ]);
  });

  it.each([
    [100, '    7  14:06:11.123  default    web       /tasks/exit              pid 41, exit code 7'],
    [80, '    7  14:06:11    default    web       /tasks/exit              pid 41, exit c…'],
  ])(
    'leaves the date, and who it was, out where there is no room for it, then the milliseconds: %i columns',
    async (width, expected) => {
      const [, line] = await renderTable(eventColumns(width), [record], { paint: paintNothing, width });
      expect(line).toBe(expected);
    },
  );

  it('cuts neither the time nor the type of a task whose ID is long', async () => {
    const long = { ...record, task: 'a-task-of-which-the-name-is-long', type: '/tasks/exec-start-requested' };
    const [, line] = await renderTable(eventColumns(80), [long], { paint: paintNothing, width: 80 });
    expect(line).toBe('    7  14:06:11    default   a-task-of-w…  /tasks/exec-start-requested  pid 41,…');
    expect(line).toHaveLength(80);
  });
});

describe('who it was', () => {
  const { actor } = record;
  it.each<[string, Partial<LogRecord['actor']>]>([
    ['uid 0', {}],
    ['uid 1000', { loginUid: 1000 }],
    ['ada', { loginUid: 1000, user: 'ada' }],
    ['ada CHG-7', { user: 'ada', ticket: 'CHG-7' }],
  ])('is %j', (who, known) => {
    expect(whoOf({ ...actor, ...known })).toBe(who);
  });

  it('is all there with -v, the command line as a shell would read it again', () => {
    const argv = ['shiplog', 'run', '-e', 'TOKEN=***', 'web', "it's"];
    const known = { ...actor, loginUid: 1000, user: 'ada', ticket: 'CHG-7', argv };
    expect(actorLines({ ...record, actor: known, runtimeConfig: 'abc' })).toEqual([
      'user ada, ticket CHG-7, uid 0, gid 0, pid 9, login uid 1000, request r',
      String.raw`shiplog run -e TOKEN=*** web 'it'\''s'`,
      'io.containerd.runc.v2 0.1.0, configuration abc',
    ]);
  });

  it('is what an older record has of it', () => {
    expect(actorLines({ ...record, runtime: '' })).toEqual(['uid 0, gid 0, pid 9, request r', 'shiplog run web']);
  });
});

describe('summaryOf', () => {
  it.each<[string, Record<string, unknown>]>([
    ['io.containerd.runc.v2', { runtime: 'io.containerd.runc.v2', spec: { sha256: 'ab' }, bundle: '/run' }],
    ['exec sh, pid 9', { containerId: 'web', execId: 'sh', pid: 9 }],
    ['exec sh, pid 9, exit code 0', { containerId: 'web', id: 'sh', pid: 9, exitStatus: 0, certainty: 'observed' }],
    ['SIGTERM to all', { execId: '', signal: 15, all: true }],
    [
      'exit code 255, unknown, the machine was booted',
      { exitStatus: 255, certainty: 'unknown', evidence: 'the machine was booted' },
    ],
    ['StartTask, it is running', { command: 'StartTask', code: 'failed-precondition', message: 'it is running' }],
    ['/run/x/rootfs', { target: '/run/x/rootfs', mounts: [] }],
    ['', { containerId: 'web', requestId: 'r', owner: { pid: 1 } }],
  ])('says %j', (summary, event) => {
    expect(summaryOf(event)).toBe(summary);
  });

  it('shows only what it knows', () => {
    expect(summaryOf({ env: ['PASSWORD=secret'], password: 'secret', args: ['secret'] })).toBe('');
  });
});
