import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FailedPreconditionError } from '@shiplog/core';
import { expect, it } from 'vitest';
import { assertReachable } from '../../src/spec/reachable.js';

it('names the folder that keeps root of a user namespace from its root file system', () => {
  const dir = mkdtempSync(join(tmpdir(), 'shiplog-reach-'));
  try {
    const rootfs = join(dir, 'rootfs');
    mkdirSync(rootfs, { mode: 0o755 });
    const check = (hostID: number) => () =>
      assertReachable(rootfs, { uidMappings: [{ containerID: 0, hostID, size: 9 }] });
    expect(check(100_000)).toThrow(FailedPreconditionError);
    expect(check(100_000)).toThrow(`${dir} lets nobody else through; chmod o+x it`);
    expect(check(process.geteuid?.() ?? 0)).not.toThrow();
    expect(() => assertReachable(rootfs)).not.toThrow();
    chmodSync(dir, 0o711);
    expect(check(100_000)).not.toThrow();
  } finally {
    rmSync(dir, { recursive: true });
  }
});
