/** What archiving leaves that is cut short: it is removed where it is one's own, and where that loses nothing. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { removeLeftFiles } from '../../src/audit/left-files.js';
import { segmentFiles } from '../../src/audit/segment-file.js';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { encodePayloads } from '../../src/event-log/payload-file.js';
import { UnavailableError } from '../../src/kernel/errors.js';
import { ownPidNamespace, type PidNamespace } from '../../src/kernel/pid-namespace.js';
import { sha256Of } from '../../src/kernel/typed-any.js';
import { openShiplog } from '../../src/shiplog.js';
import { archiveOf, filled, filledPlainly, namedIn, newRoot, projections, type Root } from './archived-log.js';

const intents = (root: Root) => readdirSync(dirname(root.dir)).filter((name) => name.startsWith('.archiving.'));

const alive: PidNamespace = { name: 'pid:[1]', startTime: 1, bootId: 'x' };

vi.mock(import('../../src/kernel/pid-namespace.js'), async (original) => {
  const actual = await original();
  return { ...actual, mayHaveProcesses: (other) => other.name === 'pid:[1]' };
});

/** As a process leaves it that was killed. */
function leaveIntent(root: Root, files: readonly string[], namespace = ownPidNamespace()): void {
  const folder = root.archives;
  const { pid = 0 } = spawnSync('true');
  const name = `.archiving.${pid}.1.${crypto.randomUUID()}`;
  writeFileSync(join(dirname(root.dir), name), JSON.stringify({ folder, files, namespace }));
}

/** A file with the first three records, one with a payload, and one of each with what the log does not know. */
function leaveFiles(root: Root): { readonly known: readonly string[]; readonly others: readonly string[] } {
  const range = { origin: root.log.origin, first: 1, last: 3 };
  const [{ file: first = '' } = {}] = root.log.base.segments();
  const [head = '', ...lines] = gunzipSync(readFileSync(join(root.archives, first)))
    .toString()
    .split('\n');
  const leave = (texts: readonly string[]): string => {
    const { file } = segmentFiles(range);
    writeFileSync(join(root.archives, file), gzipSync([head.replace('"last":4', '"last":3'), ...texts, ''].join('\n')));
    return file;
  };
  const leavePayload = (text: string): string => {
    const { payloadFile } = segmentFiles(range);
    const bytes = Buffer.from(text);
    writeFileSync(join(root.archives, payloadFile), encodePayloads([[sha256Of(bytes), bytes]]).bytes);
    return payloadFile;
  };
  return {
    known: [leave(lines.slice(0, 3)), leavePayload('payload 1')],
    // Of a log that was put back from an older copy: the only trace of what was lost by that.
    others: [leave([...lines.slice(0, 2), `${lines[2]} `]), leavePayload('lost')],
  };
}

describe('files that archiving left which was killed', () => {
  it('are told by verification, and removed where nothing is lost; foreign ones beside them are nobody’s business', async () => {
    await using root = await newRoot();
    await filled(root, 12);
    await root.archive(5);
    const { known, others } = leaveFiles(root);
    leaveIntent(root, [...known, ...others]);
    writeFileSync(join(root.archives, `.${known[0]}`), 'half of it');
    writeFileSync(join(root.archives, 'README'), 'foreign');
    const told = [...known, ...others].map((name) => expect.stringContaining(`${name} is of no segment that this log`));
    const { verified, notices } = root.verify();
    expect({ verified, notices }).toEqual({ verified: true, notices: expect.arrayContaining(told) });
    expect(notices).toHaveLength(4);
    await root.archive(11);
    expect(readdirSync(root.archives).sort()).toEqual([...namedIn(root.log), ...others, 'README'].sort());
    // They are looked at again, since what is in them may be to be shredded.
    expect(intents(root)).toHaveLength(1);
    for (const name of others) rmSync(join(root.archives, name));
    await root.archive(12);
    expect(intents(root)).toEqual([]);
  });

  it('stay for as long as their folder is not there, and nobody is kept from archiving to another one', async () => {
    await using root = await newRoot();
    await filled(root, 12);
    await root.archive(5);
    const { known } = leaveFiles(root);
    leaveIntent(root, known);
    renameSync(root.archives, `${root.archives}-elsewhere`);
    await root.archive(6, { folder: join(dirname(root.dir), 'others') });
    expect(intents(root)).toHaveLength(1);
    renameSync(`${root.archives}-elsewhere`, root.archives);
    await removeLeftFiles(root.log, dirname(root.dir));
    expect(readdirSync(root.archives).filter((name) => known.includes(name))).toEqual([]);
    expect(intents(root)).toEqual([]);
  });

  it('are not left where their maker may live in another pid namespace, whose pids mean something else here', async () => {
    await using root = await newRoot();
    await filled(root, 12);
    await root.archive(5);
    const { known } = leaveFiles(root);
    leaveIntent(root, known, alive);
    await root.archive(6);
    expect(readdirSync(root.archives)).toEqual(expect.arrayContaining([...known]));
    const [name = ''] = intents(root);
    writeFileSync(
      join(dirname(root.dir), name),
      JSON.stringify({ folder: root.archives, files: known, namespace: { ...alive, name: 'pid:[2]' } }),
    );
    await root.archive(7);
    expect(readdirSync(root.archives).filter((file) => known.includes(file))).toEqual([]);
  });

  it('are removed by whoever opens the root for writing: what is in them is to be shredded, maybe', async () => {
    await using root = await newRoot();
    await filled(root, 12);
    await root.archive(5);
    const { known } = leaveFiles(root);
    leaveIntent(root, known);
    const folder = dirname(root.dir);
    await using shiplog = await openShiplog({ root: folder, state: join(folder, 'state'), plugins: [], hold: false });
    expect(namedIn(shiplog.log)).toHaveLength(2);
    expect(readdirSync(root.archives).filter((name) => known.includes(name))).toEqual([]);
  });

  it('are not known where it was killed before it wrote any', async () => {
    await using root = await newRoot();
    await filled(root, 12);
    leaveIntent(root, []);
    const [name = ''] = intents(root);
    writeFileSync(join(dirname(root.dir), name), '{"folder":"/');
    await root.archive(5);
    expect(intents(root)).toEqual([]);
  });

  it.each(['{}', 'null', '7', '{"folder":"/x","files":[7],"namespace":{}}'])(
    'keep nobody from archiving where what was left to tell of them is %s',
    async (text) => {
      await using root = await newRoot();
      await filled(root, 12);
      const { pid = 0 } = spawnSync('true');
      writeFileSync(join(dirname(root.dir), `.archiving.${pid}.1.${crypto.randomUUID()}`), text);
      await expect(root.archive(5)).resolves.toMatchObject({ position: 4 });
      expect(intents(root)).toEqual([]);
    },
  );

  it('are another’s in a copy of the log that archives to the same folder', async () => {
    await using root = await newRoot();
    await using copied = await newRoot();
    await filled(root, 12);
    await copied.log[Symbol.asyncDispose]();
    cpSync(join(root.dir, 'data.mdb'), join(copied.dir, 'data.mdb'));
    await using copy = await LmdbEventLog.open(copied.dir, { projections });
    const both = () => [...namedIn(root.log), ...namedIn(copy)].sort();
    const archiveCopy = (before: number) => archiveOf(copy, { before, folder: root.archives }, dirname(copied.dir));
    await root.archive(5);
    await archiveCopy(5);
    await archiveCopy(9);
    await root.archive(9);
    expect(readdirSync(root.archives).sort()).toEqual(both());
    expect(new Set(both()).size).toBe(8);
    expect(root.verify()).toMatchObject({ verified: true, archived: { complete: true } });
  });
});

describe('archiving whose end is not known', () => {
  it('leaves its files to whoever opens the root when it is gone: the log may name them', async () => {
    await using root = await newRoot();
    await filledPlainly(root, 9);
    vi.spyOn(root.log, 'append').mockRejectedValueOnce(new UnavailableError('the disk is gone'));
    await expect(root.archive(5)).rejects.toThrow('the disk is gone');
    vi.restoreAllMocks();
    expect([readdirSync(root.archives).length, intents(root).length]).toEqual([1, 1]);
    await root.archive(5);
    expect(readdirSync(root.archives)).toHaveLength(2);
  });

  it('has written nothing where it cannot say what it is about to write', async () => {
    await using root = await newRoot();
    await filledPlainly(root, 9);
    const nowhere = join(root.archives, 'nowhere');
    mkdirSync(root.archives, { mode: 0o700 });
    await expect(archiveOf(root.log, { before: 5, folder: root.archives }, nowhere)).rejects.toThrow();
    expect([readdirSync(root.archives), existsSync(nowhere), root.log.base.position]).toEqual([[], false, 0]);
  });
});
