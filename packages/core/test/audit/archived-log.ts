/** A log some of whose records were archived, in a root of its own. */
import { dirname, join } from 'node:path';
import { type Archived, type ArchiveOptions, archiveRecords } from '../../src/audit/archive.js';
import { type LogVerification, type VerifyOptions, verifyLog } from '../../src/audit/verify-log.js';
import type { EventLog } from '../../src/event-log/event-log.js';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { type Clock, SystemClock } from '../../src/kernel/clock.js';
import { sha256Of } from '../../src/kernel/typed-any.js';
import { pluginProjection } from '../../src/plugin/plugin-events.js';
import { taskProjection } from '../../src/projections/task-projection.js';
import { actorOf } from '../../src/runtime/actor.js';
import { newRecord } from '../event-log/new-record.js';
import { tempFolder } from '../event-log/temp-folder.js';

export const projections = [taskProjection, pluginProjection];

export interface Root extends AsyncDisposable {
  readonly log: LmdbEventLog;
  readonly dir: string;
  readonly archives: string;
  archive(before: ArchiveOptions['before'], options?: Partial<ArchiveOptions>): Promise<Archived>;
  verify(options?: VerifyOptions): LogVerification;
}

export async function newRoot(): Promise<Root> {
  const folder = await tempFolder();
  const dir = join(folder.path, 'log');
  const archives = join(folder.path, 'archives');
  const log = await LmdbEventLog.open(dir, { projections });
  return {
    log,
    dir,
    archives,
    archive: (before, options) => archiveOf(log, { before, folder: archives, ...options }),
    verify: (options) => verifyLog(log, options),
    async [Symbol.asyncDispose]() {
      await log[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** @param root the folder above the archives, if it is no other */
export function archiveOf(
  log: EventLog,
  options: ArchiveOptions,
  root = dirname(options.folder),
  clock: Clock = new SystemClock(),
): Promise<Archived> {
  const actor = actorOf({ user: 'ada', command: 'test' }, crypto.randomUUID());
  return archiveRecords({ log, clock, root, actor }, options);
}

export const web = { namespace: 'default', task: 'web' };
export const refused = (text: string) =>
  newRecord('/tasks/rejected', {
    containerId: 'web',
    execId: '',
    command: 'StartTask',
    code: 'unknown',
    message: text,
  });

/** Records that refer to nothing. */
export async function filledPlainly(root: Root, amount: number): Promise<void> {
  const records = Array.from({ length: amount }, (_, index) => refused(`number ${index}`));
  await root.log.append({ stream: web, expectedVersion: 'any', records });
}

/** Each refers to a payload of its own. */
export async function filled(root: Root, amount: number): Promise<void> {
  const blobs = Array.from({ length: amount }, (_, index) => Buffer.from(`payload ${index}`));
  const records = blobs.map((bytes, index) => {
    const record = refused(`number ${index}`);
    return { ...record, event: { ...record.event, spec: { typeUrl: 'test', sha256: sha256Of(bytes) } } };
  });
  await root.log.append({ stream: web, expectedVersion: 'any', records, blobs });
}

/** The files that a log names, in order. */
export const namedIn = ({ base }: EventLog) =>
  base
    .segments()
    .flatMap(({ file, payloadFile }) => [file, payloadFile])
    .sort();
