/** Archives that were changed, archiving that was cut short, and what stands in the way of it. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ArchiveStep } from '../../src/audit/archive.js';
import { verifyFolder } from '../../src/audit/verify-folder.js';
import type { EventLog } from '../../src/event-log/event-log.js';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { Subscriptions } from '../../src/event-log/subscriptions.js';
import { sha256Of } from '../../src/kernel/typed-any.js';
import { newRecord } from '../event-log/new-record.js';
import { archiveOf, newRoot, projections, type Root } from './archived-log.js';
import { raw, tamper } from './audited-log.js';

const web = { namespace: 'default', task: 'web' };
const refused = (text: string) =>
  newRecord('/tasks/rejected', {
    containerId: 'web',
    execId: '',
    command: 'StartTask',
    code: 'unknown',
    message: text,
  });

/** Each refers to a payload of its own. */
async function filled(root: Root, amount: number): Promise<void> {
  const blobs = Array.from({ length: amount }, (_, index) => Buffer.from(`payload ${index}`));
  const records = blobs.map((bytes, index) => {
    const record = refused(`number ${index}`);
    return { ...record, event: { ...record.event, spec: { typeUrl: 'test', sha256: sha256Of(bytes) } } };
  });
  await root.log.append({ stream: web, expectedVersion: 'any', records, blobs });
}

/** The files that a log names, in order. */
const namedIn = ({ base }: EventLog) =>
  base
    .segments()
    .flatMap(({ file, payloadFile }) => [file, payloadFile])
    .sort();

const kinds = ({ findings }: { readonly findings: readonly { readonly kind: string; readonly position?: number }[] }) =>
  findings.map(({ kind, position }) => [kind, position]);

/** Two segments, of records 1 to 4 and 5 to 8. */
async function archived(): Promise<Root & { readonly files: readonly [string, string] }> {
  const root = await newRoot();
  await filled(root, 12);
  await root.archive(5);
  await root.archive(9);
  const [one = '', two = ''] = root.log.base.segments().map(({ file }) => join(root.archives, file));
  return { ...root, files: [one, two] };
}

describe('an archive that was changed', () => {
  it('is found: a byte of a record, and in which record and file', async () => {
    await using root = await archived();
    const [, second] = root.files;
    const text = gunzipSync(readFileSync(second)).toString().replace('number 5', 'number 7');
    writeFileSync(second, gzipSync(text));
    const verification = root.verify();
    expect(kinds(verification)).toEqual([
      ['archive', 5],
      ['changed', 6],
    ]);
    expect(verification.findings[1]?.message).toMatch(/^record 6 is not what was appended: .*, in .*-0{15}5-0{15}8-/);
  });

  it.each([
    [
      'cut short',
      ([one]: readonly string[]) => truncateSync(one ?? '', 100),
      /it was cut short, 100 of \d+ bytes are there/,
    ],
    [
      'no archive at all',
      ([one]: readonly string[]) => writeFileSync(one ?? '', 'x'.repeat(9_999)),
      /it was changed \(/,
    ],
    [
      'in the place of another',
      ([one = '', two = '']: readonly string[]) => copyFileSync(two, one),
      /it is another file, and begins with/,
    ],
    [
      'without its last record',
      ([one = '']: readonly string[]) =>
        writeFileSync(
          one,
          gzipSync(`${gunzipSync(readFileSync(one)).toString().split('\n').slice(0, 4).join('\n')}\n`),
        ),
      /it has 3 records, where 4 belong/,
    ],
    [
      'packed anew',
      ([one = '']: readonly string[]) => writeFileSync(one, gzipSync(gunzipSync(readFileSync(one)), { level: 1 })),
      /its bytes have another hash/,
    ],
    ['gone', ([one = '']: readonly string[]) => rmSync(one), /^records 1 to 4 were archived, and .* is not in /],
  ] as const)('is found: %s', async (_, change, message) => {
    await using root = await archived();
    change(root.files);
    const { verified, findings } = root.verify();
    expect(verified).toBe(false);
    expect(findings.filter(({ kind }) => kind === 'archive')).toMatchObject([
      { position: 1, message: expect.stringMatching(message) },
    ]);
  });

  it('is found: what was carried on, by who has the files', async () => {
    await using root = await archived();
    await root.log[Symbol.asyncDispose]();
    await tamper(root.dir, ({ base }) =>
      base?.putSync('times\0times', Buffer.from('{"last":"1970-01-01T00:00:00Z","latest":"1970-01-01T00:00:00Z"}')),
    );
    const { findings } = await verifyFolder(root.dir);
    expect(findings.map(({ message }) => message)).toContain(
      'what was carried on of archived records is not what they say: times, times',
    );
  });

  it.each([
    [
      'changed',
      (path: string) =>
        writeFileSync(
          path,
          readFileSync(path).map((byte) => byte ^ 1),
        ),
    ],
    ['gone', (path: string) => rmSync(path)],
  ])('is found: payloads that were %s', async (_, change) => {
    await using root = await archived();
    const [{ payloadFile = '' } = {}] = root.log.base.segments();
    change(join(root.archives, payloadFile));
    const { findings } = root.verify();
    expect(findings.map(({ message }) => message)).toEqual(
      Array.from({ length: 4 }, () =>
        expect.stringMatching(/^the payload [0-9a-f]{64} does not stand in .*payloads: it was changed, or is gone$/),
      ),
    );
    expect(() => root.log.blob(sha256Of(Buffer.from('payload 0')))).toThrow(
      /is damaged in|it is not there: bring it back/,
    );
    expect(Buffer.from(root.log.blob(sha256Of(Buffer.from('payload 4')))).toString()).toBe('payload 4');
  });

  it('is found: a segment that the log names, and no event', async () => {
    await using root = await archived();
    const [segment] = root.log.base.segments();
    await root.log[Symbol.asyncDispose]();
    await tamper(root.dir, ({ segments }) =>
      segments?.putSync(4, JSON.stringify({ ...segment, sha256: '0'.repeat(64) })),
    );
    const { findings } = await verifyFolder(root.dir);
    expect(findings.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^no event says that records 1 to 4 went to /),
    );
  });

  it('is found: a record that is gone from the log behind the archives, and an index entry of those before', async () => {
    await using root = await archived();
    await root.log[Symbol.asyncDispose]();
    await tamper(root.dir, ({ log, streams }) => {
      log.removeSync(9);
      streams.removeSync(['default\0web\0', 8]);
    });
    renameSync(root.archives, `${root.archives}-elsewhere`);
    const found = kinds(await verifyFolder(root.dir));
    expect(found).toContainEqual(['missing', 9]);
    expect(found).toContainEqual(['index', undefined]);
  });

  it("foreign files beside it are nobody's business, and what archiving left is told", async () => {
    await using root = await archived();
    const [one] = root.files;
    writeFileSync(join(root.archives, 'README'), 'foreign');
    copyFileSync(one, one.replace(/-0{15}4-/, '-0000000000000003-'));
    expect(root.verify()).toMatchObject({
      verified: true,
      notices: [expect.stringMatching(/is of no segment of this log: archiving was cut short, and it can be deleted$/)],
    });
    await root.archive(11);
    // The log begins behind it now, so nobody will ever name it.
    expect(readdirSync(root.archives).sort()).toEqual([...namedIn(root.log), 'README'].sort());
  });
});

const child = fileURLToPath(new URL('./child/archive-child.ts', import.meta.url));
const loader = fileURLToPath(new URL('../event-log/child/run-sources.ts', import.meta.url));

describe('archiving that is killed', () => {
  it.each(['write', 'verify', 'publish', 'cut', 'done'] satisfies ArchiveStep[])(
    'before %s: nothing is lost, and nothing is there twice when it is done again',
    async (step) => {
      await using root = await newRoot();
      await filled(root, 30);
      const stored = Array.from({ length: 30 }, (_, index) =>
        Buffer.from(root.log.storedBytes(index + 1) ?? []).toString(),
      );
      await root.log[Symbol.asyncDispose]();
      const { signal, stderr } = spawnSync(
        process.execPath,
        ['--no-warnings', '--import', loader, child, root.dir, root.archives, '21', step],
        { encoding: 'utf8' },
      );
      expect({ signal, stderr }).toEqual({ signal: 'SIGKILL', stderr: '' });
      const done = step === 'done';
      expect(await verifyFolder(root.dir)).toMatchObject({ findings: [], records: done ? 31 : 30 });
      await using log = await LmdbEventLog.open(root.dir, { projections });
      expect(log.base.position).toBe(done ? 20 : 0);
      expect(await archiveOf(log, { before: 21, folder: root.archives })).toMatchObject({
        position: 20,
        records: done ? 0 : 20,
      });
      expect(readdirSync(root.archives).sort()).toEqual(namedIn(log));
      const [file = ''] = log.base.segments().map((segment) => segment.file);
      const [, ...lines] = gunzipSync(readFileSync(join(root.archives, file)))
        .toString()
        .trimEnd()
        .split('\n');
      const left = Array.from({ length: 10 }, (_, index) => Buffer.from(log.storedBytes(index + 21) ?? []).toString());
      expect([...lines, ...left]).toEqual(stored);
      expect(await verifyFolder(root.dir)).toMatchObject({ findings: [], records: 31, archived: { complete: true } });
    },
  );
});

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
    ['a segment', /^\.segment\./, 'is not what was read back'],
    ['its payloads', /^\.segment\./, 'cannot be read back from'],
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
});
