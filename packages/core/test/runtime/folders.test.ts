import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findOpenPart } from '../../src/kernel/open-part.js';
import { makeOwnFolder } from '../../src/runtime/folders.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'shiplog-folders-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const refused = (path: string, why = 'others may write to') =>
  expect(() => makeOwnFolder('root', path)).toThrow(
    expect.objectContaining({ code: 'failed-precondition', message: expect.stringContaining(why) }),
  );

describe('The folders of a root', () => {
  it('are made where there are none', () => {
    makeOwnFolder('root', join(dir, 'a', 'b'));
    expect(statSync(join(dir, 'a', 'b')).mode & 0o777).toBe(0o700);
  });

  it('are refused when others may write to them', () => {
    chmodSync(dir, 0o777);
    refused(dir, 'is open to others');
  });

  it('are refused when others may write to a folder above them, unless it is sticky', () => {
    const above = join(dir, 'above');
    mkdirSync(above);
    makeOwnFolder('root', join(above, 'x', 'root'));
    for (const mode of [0o777, 0o775]) {
      chmodSync(above, mode);
      refused(join(above, 'x', 'root'), `others may write to ${above}: chmod go-w ${above}`);
    }
    chmodSync(above, 0o1777);
    makeOwnFolder('root', join(above, 'x', 'root'));
  });

  it('may be below folders that a group of their owner’s own may write to', ({ skip }) => {
    if (process.geteuid?.() !== 0) skip('only root gives folders away');
    const home = join(dir, 'home');
    mkdirSync(join(home, 'own'), { recursive: true });
    chmodSync(home, 0o775);
    chownSync(home, 12_345, 12_345);
    expect(findOpenPart(join(home, 'own'), 12_345)).toBeUndefined();
    chownSync(home, 12_345, 100);
    expect(findOpenPart(join(home, 'own'), 12_345)).toMatchObject({ path: home });
  });

  it('are refused when they come by a link that others can change, or that leads where others may write', () => {
    const [open, shut] = [join(dir, 'open'), join(dir, 'shut')];
    for (const folder of [open, shut]) mkdirSync(join(folder, 'root'), { recursive: true, mode: 0o700 });
    symlinkSync(join(shut, 'root'), join(open, 'link'));
    symlinkSync(join(open, 'root'), join(shut, 'link'));
    makeOwnFolder('root', join(open, 'link'));
    makeOwnFolder('root', join(shut, 'link'));
    const [shared, above] = [join(dir, 'shared'), join(shut, 'above')];
    mkdirSync(shared);
    chmodSync(shared, 0o1777);
    symlinkSync(shared, above);
    makeOwnFolder('root', join(above, 'root'));
    chmodSync(open, 0o777);
    refused(join(open, 'link'), `others may write to ${open}`);
    refused(join(shut, 'link'), `others may write to ${open}`);
  });

  it('are refused when a folder above them is somebody else’s', ({ skip }) => {
    if (process.geteuid?.() !== 0) skip('only root gives folders away');
    makeOwnFolder('root', join(dir, 'his', 'root'));
    chownSync(join(dir, 'his'), 12_345, 12_345);
    refused(join(dir, 'his', 'root'), 'belongs to user 12345');
  });

  it('are refused where none can be made', () => {
    expect(() => makeOwnFolder('root', '/proc/none/x')).toThrow(expect.objectContaining({ code: 'unavailable' }));
  });

  it('are refused when they are no absolute path', () => {
    expect(() => makeOwnFolder('root', 'here')).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});
