// One of several at work on a log at once: `shred-child.ts write|shred|archive ROOT COUNT`. It ends when it has done so much.
import { join } from 'node:path';
import { LmdbEventLog } from '../../../src/event-log/lmdb-event-log.js';
import { FailedPreconditionError } from '../../../src/kernel/errors.js';
import { sha256Of } from '../../../src/kernel/typed-any.js';
import { archiveOf, projections, web } from '../archived-log.js';
import { payloadOf, shredOf, store } from '../numbered-payloads.js';

const [role = '', root = '', count = ''] = process.argv.slice(2);
const log = await LmdbEventLog.open(join(root, 'log'), { projections });

/** One of the last: they are being stored, and archived, at the time. */
async function shred(): Promise<void> {
  const number = Math.max(0, log.version(web) - 1 - Math.floor(Math.random() * 40));
  await shredOf(log, sha256Of(payloadOf(number)));
}

async function archive(): Promise<void> {
  try {
    await archiveOf(log, { before: Math.max(1, log.head() - 10), folder: join(root, 'archives') }, root);
  } catch (error) {
    // Others archive, and shred what is to be archived.
    if (!(error instanceof FailedPreconditionError)) throw error;
  }
}

const work = { write: () => store(log, log.version(web)), shred, archive }[role];
for (let done = 0; work && done < Number(count); done += 1) await work();
await log[Symbol.asyncDispose]();
