import { join } from 'node:path';
import { LmdbEventLog, type Projection, taskKey, taskProjection } from '@shiplog/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useHost } from './cli-harness.js';

const owner = useHost();

/** Makes the stored state say that a task ended well. */
const forgery: Projection = {
  ...taskProjection,
  apply(record, store) {
    taskProjection.apply(record, store);
    const state = new TextDecoder().decode(store.get(taskKey(record)));
    store.put(taskKey(record), Buffer.from(state.replace('"exitStatus":3', '"exitStatus":0')));
  },
};

// Two tasks that failed; of one of them the stored state was changed.
beforeAll(async () => {
  const { host } = owner;
  for (const id of ['honest', 'forged']) await host.run(['run', '--rootfs', host.rootfs, id, 'sh', '-c', 'exit 3']);
  await using log = await LmdbEventLog.open(join(host.root, 'log'), { projections: [forgery] });
  const stream = { namespace: 'default', task: 'forged' };
  const [first] = log.readStream(stream);
  if (!first) throw new Error('the task has no events');
  const record = { ...first, type: '/test/nothing', event: {} };
  await log.append({ stream, expectedVersion: 'any', records: [record] });
}, 60_000);

describe('replay --verify of a state that was forged', () => {
  it('ends with 125, and shows both', async () => {
    const { exitCode, stdout, stderr } = await owner.host.run(['replay', '--verify']);
    expect(exitCode).toBe(125);
    expect(stdout).toMatch(/default\/forged differs\n +stored: .*"exitStatus":0.*\n +replayed: .*"exitStatus":3/);
    expect(stdout).not.toContain('honest');
    expect(stderr).toBe('shiplog: the stored state is not what the log says\n');
  });

  it('with --task tells of that task alone', async () => {
    const forged = await owner.host.run(['replay', '--verify', '--task', 'forged', '--json']);
    expect(forged.exitCode).toBe(125);
    expect(JSON.parse(forged.stdout)).toMatchObject({ streams: 1, differences: [{ task: 'forged' }] });
    const honest = await owner.host.run(['replay', '--verify', '--task', 'honest', '--json']);
    expect(honest.exitCode).toBe(0);
    expect(JSON.parse(honest.stdout)).toMatchObject({ streams: 1, differences: [] });
  });
});
