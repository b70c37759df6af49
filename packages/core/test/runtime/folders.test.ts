import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bindState, makeOwnFolder } from '../../src/runtime/folders.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shiplog-folders-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('The folders of a root', () => {
  it('are made where there are none', async () => {
    await makeOwnFolder('root', join(dir, 'a', 'b'));
    await bindState(join(dir, 'a', 'b'), 'log-1', '/root-1');
    expect(JSON.parse(await readFile(join(dir, 'a', 'b', 'origin'), 'utf8'))).toEqual({
      origin: 'log-1',
      root: '/root-1',
    });
  });

  it('are refused when others may write to them', async () => {
    await chmod(dir, 0o777);
    await expect(makeOwnFolder('state folder', dir)).rejects.toMatchObject({ code: 'failed-precondition' });
  });

  it('are refused where none can be made', async () => {
    await expect(makeOwnFolder('root', '/proc/none/x')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('are refused when they are no absolute path', async () => {
    await expect(makeOwnFolder('root', 'here')).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it('belong together while a task lives in the state folder', async () => {
    await bindState(dir, 'log-1', '/root-1');
    await bindState(dir, 'log-2', '/root-2');
    await mkdir(join(dir, 'io.containerd.runc.v2', 'default', 'web'), { recursive: true });
    await bindState(dir, 'log-2', '/root-2');
    await expect(bindState(dir, 'log-1', '/root-1')).rejects.toMatchObject({
      code: 'failed-precondition',
      message: expect.stringContaining('/root-2'),
    });
  });
});
