import { type LogRecord, parseTimestamp } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { paintNothing } from '../../src/output/style.js';
import { renderTable } from '../../src/output/table.js';
import { eventColumns, eventJson, summaryOf } from '../../src/views/event-view.js';

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
    expect(Object.keys(eventJson(record))).toEqual([
      'position',
      'time',
      'namespace',
      'task',
      'type',
      'actor',
      'runtime',
      'event',
    ]);
  });
});

describe('the table of events', () => {
  it('has a line for an event', async () => {
    expect(await renderTable(eventColumns(undefined), [record], { paint: paintNothing })).toEqual([
      '  POS  TIME (UTC)               NAMESPACE  TASK      TYPE                     SUMMARY',
      '    7  2026-11-23 14:06:11.123  default    web       /tasks/exit              pid 41, exit code 7',
    ]);
  });

  it('leaves the date out where there is no room for it', async () => {
    const [, line] = await renderTable(eventColumns(80), [record], { paint: paintNothing, width: 80 });
    expect(line).toBe('    7  14:06:11.123  default    web       /tasks/exit              pid 41, exit…');
    expect(line).toHaveLength(80);
  });
});

describe('summaryOf', () => {
  it.each<[string, Record<string, unknown>]>([
    ['io.containerd.runc.v2', { runtime: 'io.containerd.runc.v2', spec: { sha256: 'ab' }, bundle: '/run' }],
    ['exec sh, pid 9', { containerId: 'web', execId: 'sh', pid: 9 }],
    ['exec sh, pid 9, exit code 0', { containerId: 'web', id: 'sh', pid: 9, exitStatus: 0, certainty: 'observed' }],
    [
      'io.containerd.x.v1 0.1.0, no such device',
      { plugin: 'io.containerd.x.v1', version: '0.1.0', reason: 'no such device' },
    ],
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
