import { Readable } from 'node:stream';
import { MemoryEventLog, type NewRecord, parseTimestamp } from '@shiplog/core';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { configure } from '../../src/commands/events.js';
import { Output } from '../../src/output/output.js';
import type { Session } from '../../src/session.js';
import { MemoryStream } from '../memory-streams.js';

const at = (second: number) => parseTimestamp(`2026-01-01T00:00:0${second}Z`);

function record(type: string, second: number): NewRecord {
  const actor = {
    uid: 0,
    gid: 0,
    pid: 1,
    loginUid: null,
    command: 'shiplog',
    user: second === 3 ? 'me' : '',
    requestId: 'r',
  };
  const common = { schema: 1, actor, runtime: '', runtimeVersion: '', correlationId: 'r', causation: 0, event: {} };
  return { ...common, type, time: at(second) };
}

async function logOf(): Promise<MemoryEventLog> {
  const log = new MemoryEventLog();
  const append = (task: string, namespace: string, ...records: readonly NewRecord[]) =>
    log.append({ stream: { namespace, task }, expectedVersion: 'any', records });
  await append(
    'web',
    'default',
    record('/tasks/create', 1),
    record('/tasks/start', 2),
    record('/tasks/start-failed', 3),
  );
  await append('db', 'other', record('/tasks/create', 4), record('/tasks/exit', 5));
  return log;
}

async function events(log: MemoryEventLog, ...args: readonly string[]): Promise<readonly number[]> {
  const stdout = new MemoryStream();
  const output = new Output({ stdout, stderr: new MemoryStream() }, {});
  const common = { namespace: 'default', namespaceGiven: false, json: true };
  const session = { shiplog: { log }, common, output } as unknown as Session;
  const command = new Command().exitOverride();
  configure(command, {
    output,
    env: {},
    stdin: () => Readable.from([]),
    load: async () => {},
    inSession: async (_, work) => void (await work(session)),
  });
  await command.parseAsync(args, { from: 'user' });
  const lines = stdout.text.split('\n').filter(Boolean);
  return lines.map((line) => (JSON.parse(line) as { position: number }).position);
}

describe('events', () => {
  it.each<[readonly string[], readonly number[]]>([
    [[], [1, 2, 3, 4, 5]],
    [
      ['--from', '3'],
      [3, 4, 5],
    ],
    [
      ['--from', '2', '--to', '3'],
      [2, 3],
    ],
    [
      ['--since', at(4)],
      [4, 5],
    ],
    [
      ['--since', at(2), '--until', at(4)],
      [2, 3, 4],
    ],
    [
      ['--task', 'web'],
      [1, 2, 3],
    ],
    [
      ['--type', 'create'],
      [1, 4],
    ],
    [
      ['--type', '/tasks/exit', '--type', 'start'],
      [2, 5],
    ],
    [['--type', '*-failed'], [3]],
    [['--filter', 'namespace=other', '--filter', 'type=*exit'], [5]],
    [['--filter', 'user=me'], [3]],
    [
      ['--tail', '2'],
      [4, 5],
    ],
    [['--tail', '1', '--type', 'create'], [4]],
    [['--tail', '0'], []],
    [
      ['--tail', 'all'],
      [1, 2, 3, 4, 5],
    ],
    [
      ['--follow', '--to', '4'],
      [1, 2, 3, 4],
    ],
    [['--follow', '--until', at(3), '--tail', '1'], [3]],
  ])('%j are %j', async (args, positions) => {
    expect(await events(await logOf(), ...args)).toEqual(positions);
  });

  it('follow what comes, up to the position that is given', async () => {
    const log = await logOf();
    const following = events(log, '--follow', '--to', '7', '--from', '5', '--type', 'exit', '--type', 'delete');
    const stream = { namespace: 'other', task: 'db' };
    for (const type of ['/tasks/delete-requested', '/tasks/delete', '/tasks/create-requested']) {
      await log.append({ stream, expectedVersion: 'any', records: [record(type, 6)] });
    }
    expect(await following).toEqual([5, 7]);
  });
});
