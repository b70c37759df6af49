import { describe, expect, test } from 'vitest';
import { runtimeError } from '../src/oci-error.js';

const failure = (line: string) => runtimeError({ action: 'create task web', argv: ['/usr/sbin/runc', 'create'], line });

describe('what a runtime said', () => {
  // The words of runc 1.1 and crun 1.8.
  test.each([
    ['not-found', 127, 'exec: "nope": executable file not found in $PATH'],
    ['not-found', 127, 'exec: "/nope": stat /nope: no such file or directory'],
    ['not-found', 127, 'exec: "/bin/sh/x": stat /bin/sh/x: not a directory'],
    ['not-found', 127, 'executable file `nope` not found in $PATH: No such file or directory'],
    ['not-found', 127, 'open executable: No such file or directory'],
    ['not-found', 127, 'open executable: Not a directory'],
    ['failed-precondition', 126, 'exec: "/etc/passwd": permission denied'],
    ['failed-precondition', 126, 'exec: "/etc": is a directory'],
    ['failed-precondition', 126, 'open executable: Permission denied'],
    ['failed-precondition', 126, 'open executable: Operation not permitted'],
    ['failed-precondition', 126, 'exec /bin/x: exec format error'],
  ])('is %s with exit code %i: %s', (code, exitCode, line) => {
    expect(failure(`runc create failed: unable to start container process: ${line}`)).toMatchObject({
      code,
      message: expect.stringContaining(line),
      details: { exitCode },
    });
  });

  test.each([
    'exec failed: cannot exec in a paused container (use --ignore-paused to override)',
    'exec failed: cannot exec in a stopped container',
    'container not running',
    'the container `web` is paused',
    'the container `web` is not running',
    'container `web` is not running',
  ])('of what the container is by now is failed-precondition: %s', (line) => {
    const error = failure(line);
    expect(error).toMatchObject({ code: 'failed-precondition', message: expect.stringContaining(line) });
    expect(error.details).not.toHaveProperty('exitCode');
  });

  test('is otherwise unknown, and kept', () => {
    const error = runtimeError({ action: 'start task web', argv: ['/x', 'start'], exitCode: 1, line: 'no cgroups' });
    expect(error).toMatchObject({
      code: 'unknown',
      message: 'cannot start task web: no cgroups',
      details: { argv: ['/x', 'start'], runtimeExitCode: 1, runtimeError: 'no cgroups' },
    });
    expect(error.details).not.toHaveProperty('exitCode');
  });

  test('may be nothing', () => {
    expect(failure('').message).toBe('cannot create task web: it said nothing');
    expect(runtimeError({ action: 'start task web', argv: [], exitCode: 2, line: '' }).message).toBe(
      'cannot start task web: it said nothing and ended with exit code 2',
    );
  });
});
