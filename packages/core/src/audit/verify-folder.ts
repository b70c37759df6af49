import { dirname, join, resolve } from 'node:path';
import { LmdbEventLog } from '../event-log/lmdb-event-log.js';
import { pageFault } from '../event-log/lmdb-page-check.js';
import { dataFile } from '../event-log/lmdb-schema.js';
import { archivesFolder } from '../event-log/log-base.js';
import type { Finding } from './finding.js';
import { type LogVerification, type VerifyOptions, verifyLog } from './verify-log.js';

/** A file that does not hang together: nothing in it can be looked at. */
export interface BrokenFile {
  readonly verified: false;
  readonly findings: readonly Finding[];
  readonly found: number;
  readonly notices: readonly string[];
}

/**
 * Checks the log in a folder (`ROOT/log`), beginning with the pages of its file, and writes nothing.
 *
 * @throws NotFoundError if there is no log
 * @throws UnavailableError if it cannot be opened
 */
export async function verifyFolder(dir: string, options: VerifyOptions = {}): Promise<LogVerification | BrokenFile> {
  const broken = (message: string): BrokenFile => {
    return { verified: false, findings: [{ kind: 'file', message }], found: 1, notices: [] };
  };
  const path = join(dir, dataFile);
  const fault = faultOf(path);
  if (fault !== undefined) return broken(`${path} does not hang together: ${fault}`);
  await using log = await LmdbEventLog.open(dir, { readOnly: true });
  try {
    return verifyLog(log, options, join(dirname(resolve(dir)), archivesFolder));
  } catch (error) {
    // Whatever LMDB says of a page that looked sound.
    return broken(`${path} cannot be read to its end: ${(error as Error).message}`);
  }
}

/** A file that is not there, or cannot be read, is for the opening to tell. */
function faultOf(path: string): string | undefined {
  try {
    return pageFault(path);
  } catch {
    return undefined;
  }
}
