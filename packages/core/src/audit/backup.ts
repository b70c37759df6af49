/**
 * A copy of a root's log, archives included, that is a root itself: `shiplog --root DIR` reads it. It is made beside its
 * place, compared with the log, and has its name only when it is whole (docs/adr/0025).
 */
import { randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { archivedPath } from '../event-log/archived-path.js';
import type { Actor, EventLog, Position } from '../event-log/event-log.js';
import { LmdbEventLog } from '../event-log/lmdb-event-log.js';
import { pageFault } from '../event-log/lmdb-page-check.js';
import { dataFile } from '../event-log/lmdb-schema.js';
import { archivesFolder } from '../event-log/log-base.js';
import { systemStream } from '../event-log/shredding.js';
import type { Clock } from '../kernel/clock.js';
import {
  AlreadyExistsError,
  FailedPreconditionError,
  InvalidArgumentError,
  isShiplogError,
  NotFoundError,
  UnavailableError,
} from '../kernel/errors.js';
import type { Sha256 } from '../kernel/identifiers.js';
import type { ProcessTable } from '../kernel/process-identity.js';
import { makeFolders, storageProblem, syncNames, syncPath } from '../kernel/storage.js';
import { sha256Of } from '../kernel/typed-any.js';
import { rootOf } from '../merkle/tree.js';
import { causeOf } from '../runtime/perform.js';
import { type LogEvent, logRecord } from './log-topics.js';
import { signingKeyFile } from './signing-key.js';

export interface BackupOptions {
  /** An absolute path, where nothing is yet. */
  readonly folder: string;
  /** Also the key that signs checkpoints: whoever has it can speak for the log. */
  readonly withKey?: boolean;
}

export interface BackedUp {
  readonly folder: string;
  /** How many records the log had when it was copied. */
  readonly size: number;
  /** How many archived segments are in it. */
  readonly segments: number;
  /** Files of segments that were not found: they are elsewhere, or lost. */
  readonly missing: readonly string[];
  /** Files of segments that are not what left the log; they are in it as they were found. */
  readonly damaged: readonly string[];
}

interface Surroundings {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly processes: ProcessTable;
  readonly actor: Actor;
  /** The folder of the root. */
  readonly root: string;
}

/**
 * @throws InvalidArgumentError if it is no absolute path
 * @throws AlreadyExistsError if something is there
 * @throws NotFoundError if the key is to be in it, and there is none
 * @throws UnavailableError if it cannot be written; nothing of it stays
 */
export async function backUp(
  surroundings: Surroundings,
  { folder, withKey = false }: BackupOptions,
): Promise<BackedUp> {
  const { log, clock, processes, actor } = surroundings;
  if (!isAbsolute(folder))
    throw new InvalidArgumentError(`the backup's folder must be an absolute path, not ${folder}`);
  if (existsSync(folder)) throw new AlreadyExistsError(`${folder} is there already: a backup is made in a new folder`);
  const { requestId } = actor;
  const record = async (event: LogEvent, causation: Position = 0) => {
    const records = [logRecord(event, actor, clock.now(), causation)];
    const appended = await log.append({ stream: systemStream, expectedVersion: 'any', records });
    return appended.records[0]?.position ?? 0;
  };
  const asked = await record({ type: '/audit/backup-requested', requestId, owner: processes.self(), folder, withKey });
  try {
    const backedUp = await makeBackup(surroundings, { folder, withKey });
    await record({ type: '/audit/backed-up', requestId, folder, size: backedUp.size }, asked);
    return backedUp;
  } catch (error) {
    await record({ type: '/audit/backup-failed', requestId, ...causeOf(error) }, asked).catch(() => undefined);
    throw error;
  }
}

async function makeBackup(surroundings: Surroundings, { folder, withKey }: Required<BackupOptions>): Promise<BackedUp> {
  const { root } = surroundings;
  const key = join(root, signingKeyFile);
  if (withKey && !existsSync(key)) {
    throw new NotFoundError(`there is no key ${key}: \`shiplog audit checkpoint\` makes it, or leave out --with-key`);
  }
  const draft = join(dirname(folder), `.${basename(folder)}.${randomUUID()}`);
  try {
    makeFolders(dirname(folder));
    await mkdir(draft, { mode: 0o700 });
    const copied = await copyLog(surroundings, draft);
    if (withKey) await copyOwn(key, join(draft, signingKeyFile));
    syncPath(draft);
    await rename(draft, folder);
    syncNames(dirname(folder));
    return { folder, ...copied };
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    if (isShiplogError(error)) throw error;
    throw new UnavailableError(`cannot make the backup ${folder}: ${storageProblem(error, 'folder')}`, {
      cause: error,
    });
  }
}

async function copyLog({ log, root }: Surroundings, draft: string): Promise<Omit<BackedUp, 'folder'>> {
  const dir = join(draft, 'log');
  await mkdir(dir, { mode: 0o700 });
  await log.copyTo(dir);
  const path = join(dir, dataFile);
  await chmod(path, 0o600);
  syncPath(path);
  syncPath(dir);
  const fault = pageFault(path);
  if (fault !== undefined) throw new FailedPreconditionError(`the copy of the log does not hang together: ${fault}`);
  await using copy = await LmdbEventLog.open(dir, { readOnly: true });
  const size = copy.head();
  if (rootOf(copy.tree, size) !== rootOf(log.tree, size)) {
    throw new FailedPreconditionError('the copy of the log is not what the log is: `shiplog audit verify` says more');
  }
  return { size, ...(await copySegments(copy, root, join(draft, archivesFolder))) };
}

async function copySegments(copy: EventLog, root: string, archives: string) {
  const segments = copy.base.segments();
  const [missing, damaged]: [string[], string[]] = [[], []];
  for (const segment of segments) {
    const { file, sha256, payloadFile } = segment;
    for (const name of payloadFile === '' ? [file] : [file, payloadFile]) {
      const from = archivedPath(root, segment, name);
      if (!existsSync(from)) {
        missing.push(name);
        continue;
      }
      // Where nothing is, there is no folder either: it would say that all was lost out of it.
      await mkdir(archives, { recursive: true, mode: 0o700 });
      const copied = await copyOwn(from, join(archives, name));
      if (name === file && copied !== sha256) damaged.push(name);
    }
  }
  if (existsSync(archives)) syncPath(archives);
  const lost = segments.filter(({ file }) => missing.includes(file)).length;
  return { segments: segments.length - lost, missing, damaged };
}

const attempts = 3;

/** Returns what it holds. @throws UnavailableError if the copy is another */
async function copyOwn(from: string, to: string): Promise<Sha256> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    await rm(to, { force: true });
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await chmod(to, 0o600);
    syncPath(to);
    const [wanted, copied] = [sha256Of(await readFile(from)), sha256Of(await readFile(to))];
    if (copied === wanted) return copied;
    // Of an archive something may have been shredded meanwhile.
  }
  throw new UnavailableError(`the copy of ${from} is not what that is: check the disk`);
}
