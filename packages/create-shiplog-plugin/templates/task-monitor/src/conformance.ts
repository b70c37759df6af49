/** What it watches, for `shiplog conformance` and for the tests: nothing shows that from outside. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FailureMonitor } from './failure-monitor.ts';

export async function conformance() {
  const folder = mkdtempSync(join(tmpdir(), 'shiplog-monitor-'));
  const monitor = new FailureMonitor(join(folder, 'failures.log'));
  return {
    monitor,
    watched: async () => monitor.watched,
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  };
}
