import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NotImplementedError, ShiplogError } from '@shiplog/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CriuProbe, complaint, withComplaint } from '../src/criu.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shiplog-criu-'));
  // The folders in which a program of the host would be found all the same come behind it.
  vi.stubEnv('PATH', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function program(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('whether a runtime can checkpoint', () => {
  test('is CRIU’s to say, in its own words', async () => {
    program('criu', 'echo "(00.1) Error (criu/vdso.c:1): vdso: no such symbols" >&2; exit 1');
    const refused = expect(new CriuProbe(false).assertWorks('/runc')).rejects;
    await refused.toThrow(NotImplementedError);
    await expect(new CriuProbe(false).assertWorks('/runc')).rejects.toThrow(
      /criu check says: vdso: no such symbols; install a newer CRIU/,
    );
  });

  test('is asked once while it can, and again when it could not', async () => {
    const probe = new CriuProbe(false);
    program('criu', 'exit 3');
    await expect(probe.assertWorks('/runc')).rejects.toThrow(/it ended with exit code 3/);
    program('criu', `[ "$1" = check ] && [ ! -e ${folder}/asked ] && : >${folder}/asked`);
    await probe.assertWorks('/runc');
    await Promise.all([probe.assertWorks('/runc'), probe.assertWorks('/runc')]);
  });

  test('needs a runtime that was built with CRIU, where it has to be', async () => {
    program('criu', 'exit 0');
    const without = program('crun', 'echo "+SYSTEMD +SECCOMP"');
    await expect(new CriuProbe(true).assertWorks(without)).rejects.toThrow(/crun was built without CRIU/);
    const withIt = program('crun-criu', 'echo "crun version 1.28"; echo "+SYSTEMD +CRIU +JSON_C"');
    await new CriuProbe(true).assertWorks(withIt);
  });
});

describe('what CRIU complains of', () => {
  const log = [
    "(00.000635) Error (criu/util.c:1534): rlimit: Can't setup RLIMIT_NOFILE for self: Operation not permitted",
    '(00.000656) Error (criu/protobuf.c:72): Unexpected EOF on (empty-image)',
    "(00.084638)      1: Error (criu/mount.c:2955): mnt: Can't lookup mount=83",
    '(00.218926) Error (criu/net.c:2073): net: something that follows from it',
    '(00.356956) Error (criu/cr-dump.c:1975): Dumping FAILED.',
  ].join('\n');

  test('is the first error that led to its failure', () => {
    expect(complaint(log)).toBe("mnt: Can't lookup mount=83");
    expect(complaint('all is well')).toBe('');
  });

  test('is added to the words of the runtime, with the log', () => {
    writeFileSync(join(folder, 'dump.log'), log);
    const failure = new ShiplogError('unknown', 'criu failed', { details: { argv: [] } });
    expect(withComplaint(failure, folder, 'dump.log')).toMatchObject({
      message: `criu failed (CRIU: mnt: Can't lookup mount=83; its log is ${folder}/dump.log)`,
      details: { argv: [] },
    });
    expect(withComplaint(failure, folder, 'restore.log')).toBe(failure);
  });
});
