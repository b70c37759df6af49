import { describe, expect, it } from 'vitest';
import { isBusy, mountError } from '../src/mount-errors.js';

describe('what mount(8) says', () => {
  it.each([
    ['mount: /t: permission denied.', 'failed-precondition', 'run as root'],
    ['mount: /t: must be superuser to use mount.', 'failed-precondition', 'run as root'],
    ['mount: /t: mount(2) system call failed: Too many levels of symbolic links.', 'invalid-argument', 'in use'],
    ['mount: /t: x already mounted or mount point busy.', 'failed-precondition', 'in use'],
    ['mount: /t: mount point does not exist.', 'not-found', 'make the mount point'],
    ['mount: /t: special device /nope does not exist.', 'not-found', 'is not there'],
    ["mount: /t: unknown filesystem type 'nofs'.", 'failed-precondition', 'modprobe'],
    ['mount: /t: mount(2) system call failed: Stale file handle.', 'failed-precondition', 'index=off'],
    ['mount: /t: mount(2) system call failed: Not a directory.', 'invalid-argument', 'a file goes on a file'],
    ['mount: /t: cannot mount overlay read-only.', 'failed-precondition', 'read-only file system'],
    ['mount: /t: mount(2) system call failed: No space left on device.', 'unavailable', 'fs.mount-max'],
    ['mount: /t: wrong fs type, bad option, bad superblock on o, or other error.', 'invalid-argument', 'dmesg'],
    ['mount: /t: something new.', 'unknown', 'something new.'],
  ])('%s is an error of code %s', (said, code, words) => {
    const error = mountError('mount x', `${said}\n       dmesg(1) may have more information.\n`, { exitCode: 32 });
    expect(error).toMatchObject({ code, details: { exitCode: 32 } });
    expect(error.message).toContain(`cannot mount x: ${said}`);
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('may have more');
  });

  it('may be nothing', () => {
    expect(mountError('unmount /t', '\n', { exitCode: 1 }).message).toBe(
      'cannot unmount /t: it said nothing and ended with exit code 1',
    );
  });

  it('tells a busy target from others', () => {
    expect(isBusy('umount: /t: target is busy.')).toBe(true);
    expect(isBusy('umount: /t: not mounted.')).toBe(false);
  });
});
