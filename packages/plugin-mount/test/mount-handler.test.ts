import { CancelledError, type MountHandler } from '@shiplog/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tmpfs } from '../src/handlers/tmpfs.js';
import { createMountHandler, type Run } from '../src/mount-handler.js';
import { mountOf, TempFolder } from './temp-folder.js';

let temp: TempFolder;
beforeEach(() => {
  temp = new TempFolder();
});
afterEach(() => temp[Symbol.dispose]());

const programs = { mount: '/usr/bin/mount', umount: '/usr/bin/umount' };

function recording(answer: Awaited<ReturnType<Run>> | Error): { handler: MountHandler; argv: string[][] } {
  const argv: string[][] = [];
  const run: Run = async ({ file, args }) => {
    argv.push([file, ...args]);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { handler: createMountHandler([tmpfs], programs, run), argv };
}

describe('the handler', () => {
  it('calls mount(8) so that nothing of the user can be read as a flag', async () => {
    const { handler, argv } = recording({ exitCode: 0, stderr: '' });
    await handler.mount(mountOf('tmpfs', '--help', ['size=1m', 'ro']), temp.path);
    expect(argv).toEqual([
      ['/usr/bin/mount', '-n', '-i', '-c', '-t', 'tmpfs', '-o', 'size=1m,ro', '--', '--help', temp.path],
    ]);
  });

  it('says what mount(8) said', async () => {
    const { handler } = recording({ exitCode: 32, stderr: `mount: ${temp.path}: no.\n       dmesg(1) may know.\n` });
    await expect(handler.mount(mountOf('tmpfs', 'x'), temp.path)).rejects.toMatchObject({
      code: 'unknown',
      message: `cannot mount tmpfs on ${temp.path}: mount: ${temp.path}: no.`,
      details: { argv: ['/usr/bin/mount', '-n', '-i', '-c', '-t', 'tmpfs', '--', 'x', temp.path], exitCode: 32 },
    });
  });

  it('passes on why a call was given up', async () => {
    const cancelled = new CancelledError('enough');
    await expect(recording(cancelled).handler.mount(mountOf('tmpfs', ''), temp.path)).rejects.toBe(cancelled);
  });

  it.each([
    ['a type that is not its own', mountOf('zfs', 'x'), 'cannot mount zfs: its type is none of: tmpfs'],
    ['a zero byte', mountOf('tmpfs', 'a\0b'), 'there is a zero byte in its source or options'],
  ])('refuses %s', async (_what, mount, words) => {
    const { handler, argv } = recording({ exitCode: 0, stderr: '' });
    await expect(handler.mount(mount, temp.path)).rejects.toThrow(words);
    expect(argv).toEqual([]);
  });

  it('calls nobody to unmount what is not mounted', async () => {
    const { handler, argv } = recording({ exitCode: 0, stderr: '' });
    await handler.unmount(temp.path);
    expect(argv).toEqual([]);
  });
});
