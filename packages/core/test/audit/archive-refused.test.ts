/** What stands in the way of archiving: each is told, and nothing is lost by it. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { ArchiveStep } from '../../src/audit/archive.js';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { PayloadShreddedError, systemStream } from '../../src/event-log/shredding.js';
import { Subscriptions } from '../../src/event-log/subscriptions.js';
import type { Sha256 } from '../../src/kernel/identifiers.js';
import { sha256Of } from '../../src/kernel/typed-any.js';
import { newRecord } from '../event-log/new-record.js';
import { archiveOf, filled, namedIn, newRoot, projections } from './archived-log.js';
import { raw, tamper } from './audited-log.js';

describe('what stands in the way of archiving', () => {
  it.each([
    [0, '0 is no position to archive before: the log has positions up to 5, so give one from 1 to 6'],
    [7, '7 is no position to archive before: the log has positions up to 5, so give one from 1 to 6'],
    [1.5, '1.5 is no position'],
    ['2999-01-01T00:00:00Z', '2999-01-01T00:00:00.000000000Z is to come: it is 20'],
    ['yesterday', 'yesterday'],
  ])('a point that is none: %s', async (before, message) => {
    await using root = await newRoot();
    await filled(root, 5);
    await expect(root.archive(before)).rejects.toThrow(message);
    expect([root.log.base.position, existsSync(root.archives)]).toEqual([0, false]);
  });

  it('a folder that is none, or is open to others', async () => {
    await using root = await newRoot();
    await filled(root, 5);
    await expect(root.archive(4, { folder: 'archives' })).rejects.toThrow(
      'the archive folder must be an absolute path',
    );
    writeFileSync(root.archives, '');
    await expect(root.archive(4)).rejects.toMatchObject({ code: 'unavailable' });
    rmSync(root.archives);
    mkdirSync(root.archives);
    chmodSync(root.archives, 0o777);
    await expect(root.archive(4)).rejects.toThrow('is open to others');
    expect(root.log.base.position).toBe(0);
  });

  it('a record that was changed: it stays where it is, and what is before it can go', async () => {
    await using root = await newRoot();
    await filled(root, 9);
    await root.log[Symbol.asyncDispose]();
    await tamper(root.dir, ({ log }) => {
      log.putSync(5, String(log.get(5)).replace('number 4', 'number 9'));
      log.putSync(7, raw(Buffer.from('noise')));
    });
    await using log = await LmdbEventLog.open(root.dir, { projections });
    const archive = (before: number) => archiveOf(log, { before, folder: root.archives });
    await expect(archive(7)).rejects.toThrow(
      'record 5 stays where it is, and all behind it: it is not what was appended',
    );
    await expect(archive(9)).rejects.toThrow('record 7 stays where it is, and all behind it: its bytes are not JSON');
    expect(await archive(5)).toMatchObject({ position: 4 });
  });

  it.each([
    ['the same records', 11, 11],
    ['fewer of them', 11, 8],
    ['more of them', 11, 15],
  ])(
    'somebody else who archives %s at the same time: one of the two does, and the other is told',
    async (_, mine, theirs) => {
      await using root = await newRoot();
      await filled(root, 20);
      const outcomes = await Promise.allSettled([root.archive(mine), root.archive(theirs)]);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const [other] = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(String(other?.reason)).toMatch(
        /somebody else has archived meanwhile: the log begins behind position \d+ now/,
      );
      expect(readdirSync(root.archives).sort()).toEqual(namedIn(root.log));
      expect(root.verify()).toMatchObject({ findings: [], notices: [] });
    },
  );

  it.each([
    ['a segment', /^\..*-\d{16}-/, 'is not what was read back'],
    ['its payloads', /^\..*-\d{16}-/, 'cannot be read back from'],
  ])(
    'a disk that gives back something else, of %s: nothing is named, and nothing leaves',
    async (what, draft, message) => {
      await using root = await newRoot();
      await filled(root, 9);
      const onStep = (step: ArchiveStep) => {
        if (step !== 'verify') return;
        const drafts = readdirSync(root.archives).filter((name) => draft.test(name));
        const isPacked = (name: string) =>
          readFileSync(join(root.archives, name)).subarray(0, 2).equals(Buffer.of(0x1f, 0x8b));
        const name = drafts.find((one) => isPacked(one) === (what === 'a segment')) ?? '';
        const bytes = readFileSync(join(root.archives, name));
        writeFileSync(join(root.archives, name), bytes.fill(0, 80, 120));
      };
      await expect(root.archive(5, { onStep })).rejects.toThrow(message);
      expect(readdirSync(root.archives)).toEqual([]);
      expect(root.verify()).toMatchObject({ findings: [], records: 9, archived: undefined });
    },
  );

  it('a shredding that has destroyed it, and has not said so yet: no file is left that has it', async () => {
    await using root = await newRoot();
    await filled(root, 9);
    const append = root.log.append.bind(root.log);
    const shred = [sha256Of(Buffer.from('payload 1'))];
    vi.spyOn(root.log, 'append').mockImplementation(async (appended) => {
      const halfWay = append({ stream: systemStream, expectedVersion: 99, records: [], shred });
      await expect(halfWay).rejects.toThrow('has version 0');
      return append(appended);
    });
    await expect(root.archive(5)).rejects.toThrow('was destroyed while it was archived: archive again');
    vi.restoreAllMocks();
    expect(readdirSync(root.archives)).toEqual([]);
    expect(readdirSync(join(root.archives, '..')).sort()).toEqual(['archives', 'log']);
  });

  it('a subscription that begins at the last moment: it misses nothing', async () => {
    await using root = await newRoot();
    await filled(root, 9);
    await using subscriptions = new Subscriptions(root.log);
    let opening: Promise<unknown> = Promise.resolve();
    const onStep = (step: ArchiveStep) => {
      if (step === 'cut') opening = subscriptions.open('late');
    };
    await expect(root.archive(5, { onStep })).rejects.toThrow('the subscription late has acknowledged position 0 only');
    await opening;
    expect(root.verify()).toMatchObject({ findings: [], records: 9 });
  });

  it('a payload that is said to be archived, and is not: what the log has of it stays', async () => {
    await using root = await newRoot();
    await filled(root, 9);
    await root.log[Symbol.asyncDispose]();
    const [one, two] = ['payload 1', 'payload 2'].map((text) => sha256Of(Buffer.from(text))) as [Sha256, Sha256];
    const said = (last: number) => JSON.stringify({ last, offset: 0, length: 1 });
    await tamper(root.dir, ({ payloads }) => {
      payloads?.putSync(Buffer.from(one, 'hex'), said(999));
      payloads?.putSync(Buffer.from(two, 'hex'), said(1));
    });
    await using log = await LmdbEventLog.open(root.dir, { projections });
    for (const before of [2, 5]) await archiveOf(log, { before, folder: root.archives });
    expect([one, two].map((sha256) => Buffer.from(log.blob(sha256)).toString())).toEqual(['payload 1', 'payload 2']);
  });

  it('a payload that was archived, and stored again: one copy of it stays, unless the file is not at hand', async () => {
    await using root = await newRoot();
    await filled(root, 3);
    await root.archive(2);
    const [{ payloadFile = '' } = {}] = root.log.base.segments();
    const path = join(root.archives, payloadFile);
    const sha256 = sha256Of(Buffer.from('payload 0'));
    const stored = () => [...root.log.stored().blobs()].some(([hash]) => hash === sha256);
    await filled(root, 1);
    renameSync(path, `${path}-elsewhere`);
    await root.archive(root.log.head());
    expect(stored()).toBe(true);
    renameSync(`${path}-elsewhere`, path);
    await filled(root, 1);
    await root.archive(root.log.head() + 1);
    expect(stored()).toBe(false);
    expect(Buffer.from(root.log.blob(sha256)).toString()).toBe('payload 0');
  });

  it('a shredding that comes in between: what it destroyed stays destroyed', async () => {
    await using root = await newRoot();
    await filled(root, 9);
    const sha256 = sha256Of(Buffer.from('payload 1'));
    const event = { payloads: [{ sha256, typeUrl: 'test' }], reason: 'asked for' };
    const shredding = {
      stream: systemStream,
      expectedVersion: 'any',
      records: [newRecord('/audit/shredded', event)],
      shred: [sha256],
    } as const;
    const append = root.log.append.bind(root.log);
    vi.spyOn(root.log, 'append').mockImplementation(async (appended) => {
      if (appended.cut) await append(shredding);
      return append(appended);
    });
    await expect(root.archive(5)).rejects.toThrow('was destroyed while it was archived: archive again');
    vi.restoreAllMocks();
    expect(readdirSync(root.archives)).toEqual([]);
    expect(() => root.log.blob(sha256)).toThrow(PayloadShreddedError);
    await root.archive(5);
    expect(() => root.log.blob(sha256)).toThrow(PayloadShreddedError);
    expect(readdirSync(root.archives).sort()).toEqual(namedIn(root.log));
    expect(root.verify()).toMatchObject({ findings: [] });
  });
});
