// Archives, and is killed before a step, if one is given: `archive-child.ts LOG ARCHIVES BEFORE [STEP]`.
import { LmdbEventLog } from '../../../src/event-log/lmdb-event-log.js';
import { archiveOf, projections } from '../archived-log.js';

const [dir = '', folder = '', before = '', fatal = ''] = process.argv.slice(2);
const log = await LmdbEventLog.open(dir, { projections });
await archiveOf(log, {
  before: Number(before),
  folder,
  onStep(step) {
    if (step === fatal) process.kill(process.pid, 'SIGKILL');
  },
});
