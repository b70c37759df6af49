import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogRecord, Task } from '@shiplog/core/plugin';
import { expect, it, onTestFinished } from 'vitest';
import { FailureMonitor } from '../src/failure-monitor.ts';

const exitOf = (id: string, exitStatus: number) =>
  ({
    type: '/tasks/exit',
    time: 'T',
    namespace: 'default',
    task: 'web',
    event: { id, exitStatus },
  }) as unknown as LogRecord;

it('writes a line for a task that ended badly, and for nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shiplog-monitor-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'failures.log');
  const monitor = new FailureMonitor(path);
  monitor.monitor({ namespace: 'default', id: 'web' } as Task);
  for (const record of [exitOf('web', 0), exitOf('sh', 1), exitOf('web', 7)]) monitor.event(record);
  expect(readFileSync(path, 'utf8')).toBe('T default/web ended with 7; 0 others are there\n');
});
