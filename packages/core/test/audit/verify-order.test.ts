import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArchiveCheck } from '../../src/audit/archive-check.js';
import { Findings } from '../../src/audit/finding.js';
import { walkRecords } from '../../src/audit/record-walk.js';
import type { LogRecord, StoredLog } from '../../src/event-log/event-log.js';
import type { Tables } from '../../src/event-log/lmdb-schema.js';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import { type AuditedLog, auditedLog, copyOf, projections, refusal, tamper, verify } from './audited-log.js';

let honest: AuditedLog;
beforeAll(async () => {
  honest = await auditedLog();
});
afterAll(() => honest[Symbol.asyncDispose]());

const stream = { namespace: 'default', task: 'web' };

/** As somebody does who leaves the records as they are. */
const swap =
  (first: number, second: number) =>
  ({ log }: Tables) => {
    const [one, other] = [log.get(first) ?? '', log.get(second) ?? ''];
    log.putSync(first, other);
    log.putSync(second, one);
  };

/** As somebody stores a log who makes tree and index fit: with these numbers in the stream. */
function withVersions(log: MemoryEventLog, versions: readonly number[]): StoredLog {
  const stored = log.stored();
  return {
    ...stored,
    *records() {
      for (const record of stored.records()) {
        const decoded = { ...record.decoded, version: versions[record.position - 1] } as LogRecord;
        yield { ...record, decoded };
      }
    },
  };
}

function findingsOf(stored: StoredLog): readonly string[] {
  const findings = new Findings();
  walkRecords(stored, new ArchiveCheck(stored, {}, findings, []), findings, [], {
    leaf: () => undefined,
    record: () => undefined,
  });
  return findings.told.map(({ message }) => message);
}

describe('a record that is not in its place is told once', () => {
  it.each([
    ['of one task', 7, 9],
    ['of two tasks, one of which lives', 69, 12],
    ['far apart', 20, 300],
  ])('as are both of two %s that were swapped', async (_what, first, second) => {
    await using folder = await copyOf(honest);
    await tamper(folder.path, swap(first, second));
    const [low, high] = [Math.min(first, second), Math.max(first, second)];
    expect((await verify(folder.path)).findings).toEqual([
      { kind: 'reordered', position: low, message: `in the place of record ${low} stands record ${high}` },
      { kind: 'reordered', position: high, message: `in the place of record ${high} stands record ${low}` },
    ]);
  });

  it('and of none behind it, by what it says of its number in its stream', async () => {
    await using log = new MemoryEventLog({ projections });
    const records = Array.from({ length: 9 }, (_, index) => refusal(index));
    await log.append({ stream, expectedVersion: 0, records });
    const versions = [1, 2, 4, 5, 6, 3, 7, 8, 9];
    expect(findingsOf(withVersions(log, versions))).toEqual([
      expect.stringContaining('record 6 is number 3 of default/web, which belongs in front of record 3'),
    ]);
    expect(findingsOf(withVersions(log, [1, 2, 3, 4, 5, 5, 6, 7, 8]))).toEqual([
      expect.stringContaining('record 6 is number 5 of default/web, which record 5 is already'),
    ]);
    expect(findingsOf(withVersions(log, [1, 2, 4, 5, 6, 7, 8, 9, 10]))).toEqual([
      expect.stringContaining('there is no number 3 of default/web, and a later one is there'),
    ]);
    expect(findingsOf(withVersions(log, [1, 2, 3, 4, 1e15, 5, 6, 7, 8]))).toEqual([
      expect.stringContaining('record 5 is number 1000000000000000 of default/web, where 5 belongs'),
    ]);
  });
});
