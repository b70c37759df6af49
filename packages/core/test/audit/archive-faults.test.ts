/** Archives that were changed, archiving that was cut short, and what stands in the way of it. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArchiveStep } from '../../src/audit/archive.js';
import { verifyFolder } from '../../src/audit/verify-folder.js';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import type { Sha256 } from '../../src/kernel/identifiers.js';
import { sha256Of } from '../../src/kernel/typed-any.js';
import { archiveOf, filled, namedIn, newRoot, projections, type Root } from './archived-log.js';
import { tamper } from './audited-log.js';

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

describe('an archive that never was', () => {
  it('is found: records that are said to be in a file that no event tells of', async () => {
    await using root = await newRoot();
    await filled(root, 12);
    const { last, ...segment } = {
      first: 1,
      last: 4,
      file: 'x',
      folder: '/nowhere',
      bytes: 1,
      sha256: '',
      payloadFile: '',
    };
    await tamper(root.dir, ({ log, segments }) => {
      for (let position = 1; position <= last; position += 1) log.removeSync(position);
      segments?.putSync(last, JSON.stringify({ ...segment, last }));
    });
    const { verified, findings } = await verifyFolder(root.dir);
    expect(verified).toBe(false);
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'archive', message: 'no event says that records 1 to 4 went to x' }),
    );
  });

  it('is found: a payload that is said to be in a file that the log does not name', async () => {
    await using root = await newRoot();
    await filled(root, 3);
    const sha256 = sha256Of(Buffer.from('payload 1'));
    await tamper(root.dir, ({ blobs, payloads }) => {
      const key = Buffer.from(sha256, 'hex');
      blobs.removeSync(key);
      payloads?.putSync(key, JSON.stringify({ last: 999, offset: 0, length: 1 }));
    });
    expect((await verifyFolder(root.dir)).findings.map(({ message }) => message)).toEqual([
      `the payload ${sha256} is said to be in a file that the log does not name`,
      expect.stringContaining(`refers to ${sha256}, which is not there`),
    ]);
    expect(() => root.log.blob(sha256)).toThrow('which is said to be archived, is in no file that the log names');
  });
});

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

  it('is found, whatever was done to a byte of it, and whichever, and nothing throws', async () => {
    await using root = await archived();
    const names = root.log.base.segments().flatMap(({ file, payloadFile }) => [file, payloadFile]);
    const payloads = Array.from({ length: 8 }, (_, index) => sha256Of(Buffer.from(`payload ${index}`)));
    const isRight = (sha256: Sha256) => sha256Of(root.log.blob(sha256)) === sha256;
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(), fc.integer({ min: 1, max: 255 }), (name, place, change) => {
        const path = join(root.archives, name);
        const honest = readFileSync(path);
        const at = place % honest.length;
        writeFileSync(path, Buffer.from(honest).fill((honest[at] ?? 0) ^ change, at, at + 1));
        const { verified, findings } = root.verify();
        // What stands between payloads, or in the head of one, is no part of any.
        const harmless = name.endsWith('.payloads') && verified && payloads.every(isRight);
        writeFileSync(path, honest);
        expect(verified ? harmless : findings.some(({ kind }) => kind === 'archive')).toBe(true);
      }),
      { numRuns: 150 },
    );
    expect(root.verify().verified).toBe(true);
  }, 60_000);
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
      expect(readdirSync(dirname(root.dir)).sort()).toEqual(['archives', 'log']);
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
