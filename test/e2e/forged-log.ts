/** Logs as somebody makes them who is root, and knows how they are made. */
import { join } from 'node:path';
import { LmdbEventLog, type LogRecord, taskProjection } from '@shiplog/core';
import { openEnvironment, openTables, type Tables } from '../../packages/core/src/event-log/lmdb-schema.js';

/** Past Shiplog, inside one transaction. */
export async function tamper(root: string, change: (tables: Tables) => void): Promise<void> {
  const environment = openEnvironment(join(root, 'log'), false);
  const tables = openTables(environment, false);
  if (!tables) throw new Error(`there is no log in ${root}`);
  environment.transactionSync(() => change(tables));
  await environment.close();
}

/** The same log under the same name, with a tree that fits: of those records that `rewrite` leaves, as it leaves them. */
export async function forge(
  from: string,
  to: string,
  rewrite: (record: LogRecord) => LogRecord | undefined,
): Promise<void> {
  await using honest = await LmdbEventLog.open(join(from, 'log'), { readOnly: true });
  {
    await using forged = await LmdbEventLog.open(join(to, 'log'), { projections: [taskProjection] });
    const blobs = Array.from(honest.stored().blobs(), ([, bytes]) => Buffer.from(bytes));
    await forged.append({ stream: { namespace: '', task: '' }, expectedVersion: 0, records: [], blobs });
    for (const record of honest.read()) {
      const { namespace, task } = record;
      const kept = rewrite(record);
      if (kept) await forged.append({ stream: { namespace, task }, expectedVersion: 'any', records: [kept] });
    }
  }
  await tamper(to, ({ meta }) => meta.putSync('origin', honest.origin));
}
