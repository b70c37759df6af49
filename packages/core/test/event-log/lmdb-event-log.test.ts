import { join } from 'node:path';
import { eventLogConformance } from '@shiplog/conformance';
import { vi } from 'vitest';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { tempFolder } from './temp-folder.js';

vi.setConfig({ testTimeout: 30_000 }); // Each append waits for the disk.

eventLogConformance({
  name: 'on LMDB',
  async open({ projections }) {
    await using opened = new AsyncDisposableStack();
    const folder = opened.use(await tempFolder());
    const open = () => LmdbEventLog.open(join(folder.path, 'log'), { projections });
    const log = opened.use(await open());
    const kept = opened.move();
    return { log, again: open, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  },
});
