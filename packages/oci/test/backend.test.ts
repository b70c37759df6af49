import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeadlineExceededError } from '@shiplog/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { callRuntime, queryRuntime, type RuntimeCall } from '../src/backend.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shiplog-backend-'));
  writeFileSync(join(folder, 'hanging'), '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

describe('a runtime that hangs', () => {
  const call = (): RuntimeCall => {
    const line = { binary: join(folder, 'hanging'), root: folder, systemdCgroup: false };
    return { action: 'look at task web', line, args: ['state', 'web'] };
  };

  test.each([
    ['asked', queryRuntime, 10_000],
    ['told', callRuntime, 60_000],
  ] as const)('is given up some time after it was %s; the error names the command', async (_what, run, limit) => {
    const running = run(call());
    let ended = false;
    const outcome = running.catch((error) => error).finally(() => (ended = true));
    vi.advanceTimersByTime(limit - 1);
    expect(ended).toBe(false);
    vi.advanceTimersByTime(1);
    const error = await outcome;
    expect(error).toBeInstanceOf(DeadlineExceededError);
    expect(error).toMatchObject({
      message: `cannot look at task web with hanging: hanging did not come to its end within ${limit} ms`,
      details: { argv: [join(folder, 'hanging'), 'state', 'web'] },
    });
  });
});
