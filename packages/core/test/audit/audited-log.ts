/** A real log with a tree and checkpoints, and what somebody does to it who writes past Shiplog. */
import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCheckpoint } from '../../src/audit/checkpoints.js';
import { type LogVerification, type VerifyOptions, verifyLog } from '../../src/audit/verify-log.js';
import type { NewRecord } from '../../src/event-log/event-log.js';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { openEnvironment, openTables, type Tables } from '../../src/event-log/lmdb-schema.js';
import { parseTimestamp } from '../../src/kernel/clock.js';
import { taskProjection } from '../../src/projections/task-projection.js';
import { newRecord } from '../event-log/new-record.js';
import { type TempFolder, tempFolder } from '../event-log/temp-folder.js';

const fixture = new URL('../../../../test/fixtures/logs/1-stored-bytes/data.mdb', import.meta.url);

export const { privateKey: signingKey } = generateKeyPairSync('ed25519');
export const projections = [taskProjection];
/** Of the fixture, and of the log in the end: there is a checkpoint of each. */
export const sizes = { first: 69, last: 369 };

export interface AuditedLog extends TempFolder {
  /** Of the first size, as it was kept elsewhere. */
  readonly note: string;
  readonly lastNote: string;
}

/** What a task was refused: an event that changes no state. */
export const refusal = (index: number) =>
  later(
    newRecord('/tasks/rejected', {
      containerId: 'web',
      execId: '',
      command: 'StartTask',
      code: 'failed-precondition',
      message: `refused ${index}`,
    }),
  );

/** Than the records of the fixture. */
export const later = (record: NewRecord): NewRecord => ({ ...record, time: parseTimestamp('2027-01-31T12:00:00Z') });

export async function auditedLog(): Promise<AuditedLog> {
  const folder = await tempFolder();
  copyFileSync(fixture, join(folder.path, 'data.mdb'));
  await using log = await LmdbEventLog.open(folder.path, { projections });
  const note = await makeCheckpoint(log, signingKey);
  const stream = { namespace: 'default', task: 'web' };
  const records = Array.from({ length: sizes.last - sizes.first }, (_, index) => refusal(index));
  await log.append({ stream, expectedVersion: 'any', records });
  const lastNote = await makeCheckpoint(log, signingKey);
  return { ...folder, note, lastNote };
}

export async function copyOf({ path }: TempFolder): Promise<TempFolder> {
  const folder = await tempFolder();
  copyFileSync(join(path, 'data.mdb'), join(folder.path, 'data.mdb'));
  return folder;
}

export async function tamper(path: string, change: (tables: Tables) => void): Promise<void> {
  const root = openEnvironment(path, false);
  const tables = openTables(root, false);
  if (tables) root.transactionSync(() => change(tables));
  await root.close();
}

export async function verify(path: string, options?: VerifyOptions): Promise<LogVerification> {
  await using log = await LmdbEventLog.open(path, { readOnly: true });
  return verifyLog(log, options);
}

/** Bytes that lmdb-js takes as they are, where it expects text. */
export const raw = (bytes: Uint8Array) => ({ '\x10binary-data\x02': bytes }) as unknown as string;

export function flipBit(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.floor(bit / 8) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
  return copy;
}
