import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OciMount, OciProcess } from '../../src/spec/oci-spec.js';
import { assertProgram } from '../../src/spec/program-check.js';

let rootfs: string;
const put = (path: string, content: string | Buffer, mode = 0o755): void => {
  const file = join(rootfs, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
};

beforeAll(() => {
  rootfs = mkdtempSync(join(tmpdir(), 'shiplog-program-'));
  put('bin/sh', elf('/lib/ld.so'));
  put('lib/ld.so', elf());
  put('bin/static', elf());
  put('bin/foreign', elf('/lib64/ld-other.so'));
  put('bin/narrow', narrowBigElf('/lib/ld.so'));
  put('bin/narrow-foreign', narrowBigElf('/lib/none.so'));
  put('bin/short', Buffer.from('\x7fELF\x02\x01', 'latin1'));
  put('bin/script', '#! /bin/sh -e\ntrue\n');
  put('bin/lost', '#!/usr/bin/none -x\n');
  put('bin/text', 'true\n');
  put('bin/empty', '');
  put('bin/plain', 'true\n', 0o644);
  put('opt/lost', '#!/usr/bin/none\n');
  symlinkSync('/bin/lost', join(rootfs, 'bin/link'));
  symlinkSync('/nowhere', join(rootfs, 'bin/dangling'));
});
afterAll(() => rmSync(rootfs, { recursive: true }));

const check = (name: string, process: Partial<OciProcess> = {}, mounts: readonly OciMount[] = []): void =>
  assertProgram(
    'create task web',
    { root: { path: rootfs }, mounts },
    {
      user: { uid: 0, gid: 0 },
      cwd: '/',
      env: ['PATH=/usr/bin:/bin'],
      args: [name],
      ...process,
    },
  );

describe('a program', () => {
  test.each(['/bin/sh', 'sh', './bin/sh', 'static', 'narrow', 'script', 'short'])(
    'that can run is let be: %s',
    (name) => {
      expect(() => check(name)).not.toThrow();
    },
  );

  test.each(['/no/such', 'no-such', '/bin', 'plain', '/bin/plain', 'dangling', '/bin/sh/x', ''])(
    'that is not there, or may not be run, is for the runtime to refuse: %j',
    (name) => {
      expect(() => check(name)).not.toThrow();
    },
  );

  test.each([
    ['lost', '/usr/bin/none'],
    ['link', '/usr/bin/none'],
    ['foreign', '/lib64/ld-other.so'],
    ['narrow-foreign', '/lib/none.so'],
  ])('needs its interpreter: %s', (name, interpreter) => {
    expect(() => check(name)).toThrow(
      expect.objectContaining({
        code: 'not-found',
        message: `cannot create task web: ${name} needs ${interpreter}, which is not in the root file system; install it there`,
        details: expect.objectContaining({ exitCode: 127 }),
      }),
    );
  });

  test.for(['text', 'empty'])('is an ELF file, or a script that says so: %s', (name, context) => {
    if (existsSync('/proc/sys/fs/binfmt_misc/register')) context.skip('the kernel may have been taught other formats');
    expect(() => check(name)).toThrow(
      expect.objectContaining({
        code: 'failed-precondition',
        message: expect.stringContaining(`${name} is no program`),
        details: expect.objectContaining({ exitCode: 126 }),
      }),
    );
  });

  test('in a root that cannot be looked into is not judged', () => {
    const process = { user: { uid: 0, gid: 0 }, cwd: '/', args: ['/bin/lost'] };
    assertProgram('create task web', { root: { path: '/no/such/root' } }, process);
  });

  test('that is relative is looked for from the working directory', () => {
    expect(() => check('./lost', { cwd: '/opt' })).toThrow(/needs/);
    expect(() => check('./lost', { cwd: '/' })).not.toThrow();
  });

  test.each(['/bin', '/usr/bin/', '/usr', '/'])(
    'below a mount, or its interpreter there, is not judged: %s',
    (destination) => {
      expect(() => check('/bin/lost', {}, [{ destination }])).not.toThrow();
      expect(() => check('/bin/lost', {}, [{ destination: '/us' }])).toThrow(/needs/);
    },
  );
});

/** 64 bits, little-endian. */
function elf(interpreter?: string): Buffer {
  const file = Buffer.alloc(64 + 2 * 56);
  file.write('\x7fELF\x02\x01', 'latin1');
  file.writeUInt32LE(64, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(interpreter === undefined ? 1 : 2, 56);
  file.writeUInt32LE(1, 64);
  if (interpreter === undefined) return file;
  const header = 64 + 56;
  file.writeUInt32LE(3, header);
  file.writeUInt32LE(file.length, header + 8);
  file.writeUInt32LE(interpreter.length + 1, header + 32);
  return Buffer.concat([file, Buffer.from(`${interpreter}\0`)]);
}

/** 32 bits, big-endian. */
function narrowBigElf(interpreter: string): Buffer {
  const file = Buffer.alloc(52 + 32);
  file.write('\x7fELF\x01\x02', 'latin1');
  file.writeUInt32BE(52, 28);
  file.writeUInt16BE(32, 42);
  file.writeUInt16BE(1, 44);
  file.writeUInt32BE(3, 52);
  file.writeUInt32BE(file.length, 52 + 4);
  file.writeUInt32BE(interpreter.length + 1, 52 + 16);
  return Buffer.concat([file, Buffer.from(`${interpreter}\0`)]);
}
