import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeOwnFolder } from '../../src/runtime/folders.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shiplog-folders-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('The folders of a root', () => {
  it('are made where there are none', async () => {
    await makeOwnFolder('root', join(dir, 'a', 'b'));
    expect((await stat(join(dir, 'a', 'b'))).mode & 0o777).toBe(0o700);
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
});
