import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCheckpoint } from '../../src/audit/checkpoint-text.js';
import { makeCheckpoint } from '../../src/audit/checkpoints.js';
import type { FindingKind } from '../../src/audit/finding.js';
import { verifierKeyOf } from '../../src/audit/note-key.js';
import { verifyLog } from '../../src/audit/verify-log.js';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import type { Tables } from '../../src/event-log/lmdb-schema.js';
import { MemoryEventLog } from '../../src/event-log/memory-event-log.js';
import { leafHash } from '../../src/merkle/hash.js';
import { newRecord } from '../event-log/new-record.js';
import {
  type AuditedLog,
  auditedLog,
  copyOf,
  flipBit,
  later,
  projections,
  raw,
  refusal,
  signingKey,
  sizes,
  tamper,
  verify,
} from './audited-log.js';

let honest: AuditedLog;
beforeAll(async () => {
  honest = await auditedLog();
});
afterAll(() => honest[Symbol.asyncDispose]());

const stream = { namespace: 'default', task: 'web' };
const text = ({ log }: Tables, position: number) => log.get(position) ?? '';

describe('a log that nobody touched', () => {
  it('is verified, in all of its parts', async () => {
    expect(await verify(honest.path)).toMatchObject({
      verified: true,
      findings: [],
      notices: [],
      records: sizes.last,
      size: sizes.last,
      root: parseCheckpoint(honest.lastNote).root,
      streams: 8,
      checkpoints: 2,
    });
  });

  it('is verified against each checkpoint that was kept', async () => {
    for (const note of [honest.note, honest.lastNote]) {
      const options = { against: parseCheckpoint(note), key: verifierKeyOf(signingKey, parseCheckpoint(note).name) };
      expect(await verify(honest.path, options)).toMatchObject({ verified: true, found: 0 });
    }
  });

  it('is verified in memory, too', async () => {
    await using log = new MemoryEventLog({ projections });
    await log.append({
      stream,
      expectedVersion: 0,
      records: Array.from({ length: 300 }, (_, index) => refusal(index)),
    });
    await makeCheckpoint(log, signingKey);
    expect(verifyLog(log)).toMatchObject({ verified: true, records: 300, checkpoints: 1 });
  });

  it('is verified when it is empty', async () => {
    await using log = new MemoryEventLog({ projections });
    await makeCheckpoint(log, signingKey);
    expect(verifyLog(log)).toMatchObject({ verified: true, records: 0, checkpoints: 1 });
  });

  it('is verified while it grows', async () => {
    await using folder = await copyOf(honest);
    await using log = await LmdbEventLog.open(folder.path, { projections });
    const growing = log.append({ stream, expectedVersion: 'any', records: [refusal(1)] });
    expect(verifyLog(log)).toMatchObject({ verified: true });
    await growing;
    expect(verifyLog(log)).toMatchObject({ verified: true, records: sizes.last + 1 });
  });
});

describe('what was done to a log is found, and where', () => {
  it.each<[what: string, change: (tables: Tables) => void, kinds: readonly FindingKind[], position?: number]>([
    ['a record cut short', (t) => t.log.putSync(7, text(t, 7).slice(0, 200)), ['changed', 'damaged'], 7],
    ['a byte of a record', (t) => t.log.putSync(7, text(t, 7).replace('hello', 'hallo')), ['changed'], 7],
    ['a record that is no UTF-8', (t) => t.log.putSync(7, raw(Buffer.from('ff', 'hex'))), ['changed', 'damaged'], 7],
    ['no record', (t) => t.log.removeSync(7), ['missing'], 7],
    ['no records at the end', (t) => t.log.removeSync(sizes.last), ['missing'], sizes.last],
    ['a record too many', (t) => t.log.putSync(sizes.last + 1, text(t, 7)), ['unproved', 'damaged'], sizes.last + 1],
    [
      'two records swapped',
      (t) => {
        const [seventh, ninth] = [text(t, 7), text(t, 9)];
        t.log.putSync(7, ninth.replace('"position":9', '"position":7'));
        t.log.putSync(9, seventh.replace('"position":7', '"position":9'));
      },
      ['changed'],
      7,
    ],
    ['a leaf hash', (t) => t.leaves.putSync(1, flipBit(t.leaves.get(1) ?? Buffer.of(), 7)), ['changed'], 1],
    ['no leaf hashes', (t) => t.leaves.removeSync(70), ['unproved'], 70],
    [
      'leaf hashes cut short',
      (t) => t.leaves.putSync(1, t.leaves.get(1)?.subarray(0, 320) ?? Buffer.of()),
      ['unproved'],
      11,
    ],
    ['leaf hashes too many', (t) => t.leaves.putSync(sizes.last + 1, Buffer.alloc(32)), ['missing'], sizes.last + 1],
    ['a node of the tree', (t) => t.tree.putSync([1, 0], Buffer.alloc(32)), ['tree']],
    ['no node of the tree', (t) => t.tree.removeSync([1, 0]), ['tree']],
    ['a node too many', (t) => t.tree.putSync([1, 5], Buffer.alloc(32)), ['added']],
    ['another place in the index', (t) => t.streams.putSync(['default\0hello\0', 3], 5), ['index'], 3],
    ['no place in the index', (t) => t.streams.removeSync(['default\0hello\0', 3]), ['index']],
    ['a place too many in the index', (t) => t.streams.putSync(['default\0other\0', 1], 5), ['added']],
    ['a blob', ({ blobs }) => blobs.putSync(firstKey(blobs), Buffer.from('other')), ['blob']],
    ['no blob', ({ blobs }) => blobs.removeSync(firstKey(blobs)), ['blob']],
    ['a stored state', ({ projections: p }) => p.putSync('tasks\0default/web', Buffer.from('{}')), ['state']],
    ['no stored state', ({ projections: p }) => p.removeSync('tasks\0default/web'), ['state']],
    ['no mark on a task that lives', ({ projections: p }) => p.removeSync(`tasks\0!${firstMarked(p)}`), ['state']],
    ['a mark on a task that is over', ({ projections: p }) => p.putSync('tasks\0!default/hello', some), ['state']],
    ['a mark on a task that never was', ({ projections: p }) => p.putSync('tasks\0!default/no', some), ['state']],
    [
      'a checkpoint',
      (t) => t.checkpoints.putSync(69, (t.checkpoints.get(69) ?? '').replace('\n69\n', '\n68\n')),
      ['checkpoint', 'signature'],
    ],
    ['a checkpoint of bytes', ({ checkpoints }) => checkpoints.putSync(69, 'x'), ['checkpoint']],
    ['a checkpoint elsewhere', (t) => t.checkpoints.putSync(12, t.checkpoints.get(69) ?? ''), ['checkpoint']],
    ['a checkpoint of another log', (t) => t.meta.putSync('origin', 'other'), ['origin']],
    ['no keys', ({ meta }) => meta.removeSync('keys'), ['signature']],
    ['keys that are none', ({ meta }) => meta.putSync('keys', 'x\ny+z'), ['signature']],
    ['a record whose key is none', (t) => t.log.putSync(Number.NaN as never, 'x'), ['added']],
  ])('%s', async (_what, change, kinds, position) => {
    await using folder = await copyOf(honest);
    await tamper(folder.path, change);
    const { verified, findings } = await verify(folder.path);
    expect(verified).toBe(false);
    for (const kind of kinds) expect(findings.map((finding) => finding.kind)).toContain(kind);
    if (position !== undefined) expect(findings.map((finding) => finding.position)).toContain(position);
  });

  it('and one record that cannot be read is not told of its whole stream', async () => {
    await using folder = await copyOf(honest);
    await tamper(folder.path, (tables) => tables.log.putSync(3, 'x'));
    const { findings } = await verify(folder.path);
    expect(findings.map(({ kind }) => kind)).toEqual(['changed', 'damaged']);
  });

  it('any bit of any value', async () => {
    const tables = ['log', 'streams', 'leaves', 'tree', 'checkpoints', 'blobs'] as const;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...tables), fc.nat(), fc.nat(), async (name, entry, bit) => {
        await using folder = await copyOf(honest);
        await tamper(folder.path, (all) => {
          const table = all[name] as Tables['blobs'];
          const keys = [...table.getKeys({ start: undefined as never })];
          const key = keys[entry % keys.length] as Buffer;
          table.putSync(key, raw(flipBit(table.getBinary(key) ?? Buffer.of(), bit)) as never);
        });
        expect(await verify(folder.path)).toMatchObject({ verified: false });
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

const some = Buffer.from('{}');
const marks = 'tasks\0!';
const firstMarked = (table: Tables['projections']): string =>
  [...table.getKeys({ start: marks })][0]?.slice(marks.length) ?? 'none';

const firstKey = (blobs: Tables['blobs']): Buffer => [...blobs.getKeys({})][0] ?? Buffer.of();

describe('what only a checkpoint that was kept elsewhere can show', () => {
  const against = (note: string) => {
    const checkpoint = parseCheckpoint(note);
    return { against: checkpoint, key: verifierKeyOf(signingKey, checkpoint.name) };
  };

  /** By somebody who knows how the log is made, and leaves nothing that does not fit. */
  const rewrite = (position: number) => (tables: Tables) => {
    const changed = text(tables, position).replace('"uid":0', '"uid":7');
    tables.log.putSync(position, changed);
    const leaves = Buffer.from(tables.leaves.get(1) ?? Buffer.of());
    leaves.write(leafHash(Buffer.from(changed)), 32 * (position - 1), 'hex');
    tables.leaves.putSync(1, leaves);
    tables.checkpoints.removeSync(69);
    tables.checkpoints.removeSync(369);
    for (const key of [...tables.tree.getKeys({ start: [0, 0] })]) tables.tree.removeSync(key);
  };

  it('a history that was rewritten, tree and all', async () => {
    await using folder = await copyOf(honest);
    await tamper(folder.path, rewrite(7));
    const { findings } = await verify(folder.path, against(honest.note));
    expect(findings).toContainEqual({ kind: 'rewritten', message: expect.stringContaining('the first 69 records') });
  });

  it('records that are gone, with all that spoke of them', async () => {
    await using folder = await copyOf(honest);
    await tamper(folder.path, ({ log, leaves, streams, checkpoints, tree }) => {
      for (let position = 70; position <= sizes.last; position += 1) log.removeSync(position);
      for (const key of [...leaves.getKeys({})]) if (key > 69) leaves.removeSync(key);
      for (const { key, value } of [...streams.getRange({ start: ['', 0] })]) if (value > 69) streams.removeSync(key);
      for (const key of [...tree.getKeys({ start: [0, 0] })]) tree.removeSync(key);
      checkpoints.removeSync(369);
    });
    expect((await verify(folder.path, against(honest.note))).findings.map(({ kind }) => kind)).not.toContain(
      'rewritten',
    );
    const { findings } = await verify(folder.path, against(honest.lastNote));
    expect(findings).toContainEqual({ kind: 'truncated', message: expect.stringContaining('the log has 69 records') });
  });

  it('a checkpoint of another log, and one that another key signed', async () => {
    await using other = new MemoryEventLog();
    await other.append({ stream, expectedVersion: 0, records: [refusal(1)] });
    const foreign = parseCheckpoint(await makeCheckpoint(other, signingKey));
    const { findings } = await verify(honest.path, { against: foreign });
    expect(findings).toMatchObject([{ kind: 'origin' }, { kind: 'rewritten' }]);
    const { privateKey } = generateKeyPairSync('ed25519');
    const key = verifierKeyOf(privateKey, parseCheckpoint(honest.note).name);
    const unsigned = await verify(honest.path, { key, against: parseCheckpoint(honest.note) });
    expect(unsigned.findings.map(({ kind }) => kind)).toEqual(['signature', 'signature', 'signature']);
  });
});

describe('what is no fault, and told', () => {
  it('a clock that was set back an hour is a notice', async () => {
    await using folder = await copyOf(honest);
    {
      await using log = await LmdbEventLog.open(folder.path, { projections });
      const early = { ...refusal(1), time: '2027-01-31T11:00:00.000000000Z' as never };
      await log.append({ stream, expectedVersion: 'any', records: [early, refusal(2)] });
    }
    const { verified, notices } = await verify(folder.path);
    expect({ verified, notices }).toEqual({
      verified: true,
      notices: [expect.stringContaining(`set back before record ${sizes.last + 1}`)],
    });
  });

  it.each([
    ['of an unknown type', later(newRecord('/tasks/teleported'))],
    ['of a newer version', { ...refusal(1), schema: 9 }],
  ])('an event %s is replayed around, and its meaning is not vouched for', async (_what, record) => {
    await using folder = await copyOf(honest);
    {
      await using log = await LmdbEventLog.open(folder.path, { projections });
      await log.append({ stream, expectedVersion: 'any', records: [record] });
    }
    const { findings } = await verify(folder.path);
    expect(findings).toMatchObject([{ kind: 'unknown', position: sizes.last + 1 }]);
  });
});
