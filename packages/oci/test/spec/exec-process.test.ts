import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildSpec } from '../../src/spec/build-spec.js';
import { execProcess } from '../../src/spec/exec-process.js';
import type { OciProcess } from '../../src/spec/oci-spec.js';

const host = { openFiles: 1024, unifiedCgroups: false, capabilities: [] };
const task = buildSpec(
  { rootfs: '', args: ['server'], env: ['A=1', 'HOME=/srv'], cwd: '/srv', user: '33:34', terminal: true },
  host,
).process as OciProcess;

describe('an exec', () => {
  it('is as its task, but for its arguments', () => {
    expect(execProcess(task, { rootfs: '', args: ['ls', '-l'] })).toEqual({
      ...task,
      args: ['ls', '-l'],
      terminal: false,
    });
  });

  it('has what it asks for', () => {
    const exec = execProcess(task, { rootfs: '', args: ['sh'], cwd: '/tmp', env: ['A=2', 'B=3'], terminal: true });
    expect(exec).toMatchObject({ cwd: '/tmp', terminal: true });
    expect(exec.env).toEqual(expect.arrayContaining(['A=2', 'B=3', 'HOME=/srv']));
    expect(exec.env).not.toContain('A=1');
  });

  it("on a terminal has a type of terminal, its task's if that has one", () => {
    const bare = { ...task, env: ['A=1'] };
    expect(execProcess(bare, { rootfs: '', args: ['sh'], terminal: true }).env).toEqual(['A=1', 'TERM=xterm']);
    const vt = { ...task, env: ['TERM=vt100'] };
    expect(execProcess(vt, { rootfs: '', args: ['sh'], terminal: true }).env).toEqual(['TERM=vt100']);
  });

  it("does not take the size of the task's terminal for its own", () => {
    const sized = { ...task, consoleSize: { width: 80, height: 24 } };
    expect(execProcess(sized, { rootfs: '', args: ['sh'] })).not.toHaveProperty('consoleSize');
  });

  it("as another user has that user's home, or leaves it to the runtime", () => {
    const rootfs = mkdtempSync(join(tmpdir(), 'shiplog-exec-'));
    try {
      mkdirSync(join(rootfs, 'etc'));
      writeFileSync(join(rootfs, 'etc/passwd'), 'db:x:70:70::/var/db:/bin/sh\n');
      const known = execProcess(task, { rootfs, args: ['sh'], user: 'db' });
      expect(known.user).toEqual({ uid: 70, gid: 70 });
      expect(known.env).toContain('HOME=/var/db');
      expect(known.env).not.toContain('HOME=/srv');
      const unknown = execProcess(task, { rootfs, args: ['sh'], user: '71' });
      expect(unknown.env?.filter((variable) => variable.startsWith('HOME='))).toEqual([]);
    } finally {
      rmSync(rootfs, { recursive: true });
    }
  });

  it.each([
    [{ args: [] }, /give a command/],
    [{ args: ['sh'], cwd: 'tmp' }, /give an absolute path/],
    [{ args: ['sh'], user: 'nobody' }, /write its number/],
  ])('%j is refused', (options, message) => {
    expect(() => execProcess(task, { rootfs: '', ...options })).toThrow(message);
  });
});
