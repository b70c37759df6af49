/** What the log says of its archives, changed; and archives that are not what they seem. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ArchiveFolds, archiveFoldVersions } from '../../src/audit/archive-folds.js';
import { Findings } from '../../src/audit/finding.js';
import { checkFolds } from '../../src/audit/fold-check.js';
import { decodeSegment } from '../../src/audit/segment-file.js';
import { verifyFolder } from '../../src/audit/verify-folder.js';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import type { Tables } from '../../src/event-log/lmdb-schema.js';
import { wholeLog } from '../../src/event-log/log-base.js';
import type { Sha256 } from '../../src/kernel/identifiers.js';
import { asOf } from '../../src/projections/as-of.js';
import { pastTasks } from '../../src/runtime/history.js';
import { archiveOf, filled, newRoot, projections, type Root, refused, web } from './archived-log.js';
import { tamper } from './audited-log.js';

/** Two segments, of records 1 to 4 and 5 to 8. */
async function archived(): Promise<Root> {
  const root = await newRoot();
  await filled(root, 12);
  await root.archive(5);
  await root.archive(9);
  return root;
}

async function tampered(change: (tables: Tables) => void) {
  await using root = await archived();
  await root.log[Symbol.asyncDispose]();
  await tamper(root.dir, change);
  const verification = await verifyFolder(root.dir);
  return verification.findings.filter(({ kind }) => kind === 'archive').map(({ message }) => message);
}

const changed = (text: string | undefined, change: object) => JSON.stringify({ ...JSON.parse(text ?? ''), ...change });

describe('an entry of a segment that was changed', () => {
  it.each<[what: string, change: (tables: Tables) => void, message: RegExp]>([
    [
      'up to a position that no log has',
      ({ segments }) => {
        segments?.putSync(2 ** 50, changed(segments.get(8), { last: 2 ** 50 }));
        segments?.removeSync(8);
      },
      /^records up to 1125899906842624 are said to be archived, and the tree has 14$/,
    ],
    [
      'far away from the others',
      ({ segments }) => segments?.putSync(2 ** 50, changed(segments.get(8), { first: 2 ** 50 - 3, last: 2 ** 50 })),
      /begins with 1125899906842621, where 9 belongs$/,
    ],
    [
      'from behind its end',
      ({ segments }) => segments?.putSync(8, changed(segments.get(8), { first: 11 })),
      /begins with 11, where 5 belongs$/,
    ],
    [
      'over the one before',
      ({ segments }) => segments?.putSync(8, changed(segments.get(8), { first: 2 })),
      /begins with 2, where 5 belongs$/,
    ],
    [
      'with another end than its own',
      ({ segments }) => segments?.putSync(8, changed(segments.get(8), { last: 7 })),
      /^the entry of the segment up to 8 cannot be read, where 5 belongs$/,
    ],
    [
      'to what is no JSON',
      ({ segments }) => segments?.putSync(4, 'noise'),
      /^the entry of the segment up to 4 cannot be read, where 1 belongs$/,
    ],
    [
      'to another thing',
      ({ segments }) => segments?.putSync(4, '[null]'),
      /^the entry of the segment up to 4 cannot be read, where 1 belongs$/,
    ],
    [
      'to another folder',
      ({ segments }) => segments?.putSync(4, changed(segments.get(4), { folder: '/elsewhere' })),
      /^no event says that records 1 to 4 went to /,
    ],
    ['and is gone', ({ segments }) => segments?.removeSync(4), /begins with 5, where 1 belongs$/],
  ])('is found: %s', async (_, change, message) => {
    expect(await tampered(change)).toContainEqual(expect.stringMatching(message));
  });

  it('is found: a place of a payload that is none', async () => {
    const found = await tampered(({ payloads }) => {
      for (const key of [...(payloads?.getKeys() ?? [])]) payloads?.putSync(key, '{"last":4,"offset":-1}');
    });
    expect(found[0]).toMatch(/^the payload [0-9a-f]{64} is said to be in a file that the log does not name$/);
  });
});

describe('the versions of what was carried on', () => {
  const known = archiveFoldVersions.tasks ?? 0;

  it.each([
    ['older', { tasks: known - 1 }],
    ['newer', { tasks: known + 1 }],
    ['none', { tasks: undefined }],
    ['no number', { tasks: 'x' }],
  ])('are what the event says that moved the records; else it is found: %s', async (_, change) => {
    const found = await tampered(({ meta }) => meta.putSync('folds', changed(meta.get('folds'), change)));
    expect(found).toEqual([
      expect.stringMatching(
        /^what was carried on of archived records \(tasks\) is said to be of version .*, which no event says$/,
      ),
    ]);
  });

  it('are found where all of them are gone, or are no JSON', async () => {
    for (const text of ['', '{}', 'null']) {
      expect(await tampered(({ meta }) => meta.putSync('folds', text))).toHaveLength(
        Object.keys(archiveFoldVersions).length,
      );
    }
  });

  it.each<[version: number | undefined, findings: number, notices: number]>([
    [known, 0, 0],
    [known - 1, 0, 1],
    [1, 0, 1],
    [0, 1, 0],
    [known + 1, 1, 0],
    [1.5, 1, 0],
    [undefined, 1, 0],
  ])('where the event says none, as the first ones, are some that there were: %s', (version, found, told) => {
    const [findings, notices] = [new Findings(), [] as string[]];
    const base = {
      ...wholeLog,
      foldVersion: (fold: string) => (fold === 'tasks' ? version : archiveFoldVersions[fold]),
    };
    checkFolds(base, new ArchiveFolds(wholeLog), undefined, findings, notices);
    expect([findings.count, notices.length]).toEqual([found, told]);
  });
});

describe('what was carried on, damaged', () => {
  const damaged: readonly (readonly [fold: string, key: string])[] = [
    ['times', 'times'],
    ['history', 'default/web'],
    ['references', 'default/web'],
    ['requests', 'default/web'],
    ['shreddings', 'ab'.repeat(32)],
    ['tasks', 'default/web'],
    ['plugins', 'x'],
  ];

  it.each(damaged)('is found, with the files and without, and nothing breaks off: %s', async (fold, key) => {
    await using root = await archived();
    await root.log[Symbol.asyncDispose]();
    await tamper(root.dir, ({ base }) => base?.putSync(`${fold}\0${key}`, Buffer.from('{"las')));
    const { findings } = await verifyFolder(root.dir);
    expect(findings).toEqual([
      { kind: 'archive', message: `what was carried on of archived records is not what they say: ${fold}, ${key}` },
    ]);
    renameSync(root.archives, `${root.archives}-elsewhere`);
    const { findings: without } = await verifyFolder(root.dir);
    expect(without.filter(({ kind }) => kind === 'file')).toEqual([]);
  });

  it('ends no verification where a state is none, also without the files', async () => {
    for (const text of [
      'null',
      '7',
      '{}',
      '{"a":1}',
      '{"version":3,"state":{}}',
      '{"version":3,"state":{"status":"running"}}',
    ]) {
      await using root = await archived();
      await root.log[Symbol.asyncDispose]();
      await tamper(root.dir, ({ base }) => base?.putSync('tasks\0default/web', Buffer.from(text)));
      renameSync(root.archives, `${root.archives}-elsewhere`);
      const { findings } = await verifyFolder(root.dir);
      expect(findings.filter(({ kind }) => kind === 'file')).toEqual([]);
    }
  });

  it('is told by what needs it, and stops nothing else', async () => {
    await using root = await archived();
    await root.log[Symbol.asyncDispose]();
    await tamper(root.dir, ({ base }) => {
      for (const [fold, key] of damaged) base?.putSync(`${fold}\0${key}`, Buffer.from('{"las'));
    });
    await using log = await LmdbEventLog.open(root.dir, { projections });
    expect(() => log.blob('ab'.repeat(32) as Sha256)).toThrow('the log has no blob');
    expect((await asOf(log, 12)).tasks()).toEqual([]);
    expect(() => pastTasks(log, web)).toThrow(
      'what was carried on of archived records (history) is damaged: `shiplog audit verify` says more',
    );
    await expect(archiveOf(log, { before: 12, folder: root.archives })).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('a file of records', () => {
  const segment = { first: 1, last: 2, file: '', folder: '', bytes: 100, sha256: '' as Sha256, payloadFile: '' };

  it('that becomes larger than any archive is a finding, and fills no memory', () => {
    const part = gzipSync(Buffer.alloc(64 << 20), { level: 1 });
    const bomb = Buffer.concat(Array.from({ length: 9 }, () => part));
    expect(decodeSegment(bomb, segment, 'x').fault).toMatch(/^it was changed \(Cannot create a Buffer larger than/);
  });

  it('is never made so large: what is too long for one goes to several', async () => {
    await using root = await newRoot();
    const records = Array.from({ length: 3 }, () => refused('x'.repeat(9 << 20)));
    for (const record of records) await root.log.append({ stream: web, expectedVersion: 'any', records: [record] });
    const { segments } = await root.archive(4);
    expect(segments.map(({ first, last }) => [first, last])).toEqual([
      [1, 2],
      [3, 3],
    ]);
    expect(root.verify()).toMatchObject({ findings: [] });
  });
});

describe('archives that are not there', () => {
  it('are lost where their folder is there, also the only one: that is a finding', async () => {
    await using root = await newRoot();
    await filled(root, 6);
    await root.archive(5);
    const [{ file = '' } = {}] = root.log.base.segments();
    rmSync(join(root.archives, file));
    expect(root.verify().findings).toEqual([
      { kind: 'archive', position: 1, message: `records 1 to 4 were archived, and ${file} is not in ${root.archives}` },
    ]);
  });

  it('are elsewhere where their folder is, too: that is told, until somebody says where', async () => {
    await using root = await newRoot();
    await filled(root, 6);
    const folder = join(root.archives, '..', 'taken-away');
    await archiveOf(root.log, { before: 5, folder }, join(root.archives, '..'));
    renameSync(folder, `${folder}-elsewhere`);
    expect(root.verify()).toMatchObject({
      verified: true,
      notices: [expect.stringMatching(/is not in .*taken-away: they were not looked at/)],
    });
    expect(root.verify({ archives: `${folder}-elsewhere` })).toMatchObject({ verified: true, notices: [] });
    mkdirSync(root.archives);
    expect(root.verify({ archives: root.archives })).toMatchObject({ verified: false });
    writeFileSync(folder, 'none of ours');
    expect(root.verify()).toMatchObject({ verified: false });
  });
});
