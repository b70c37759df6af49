/** Shredding reaches a payload wherever it stands, whatever goes on beside it, and whatever cuts it short. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ArchiveStep } from '../../src/audit/archive.js';
import { openEnvironment, openTables } from '../../src/event-log/lmdb-schema.js';
import { PayloadShreddedError } from '../../src/event-log/shredding.js';
import type { Sha256 } from '../../src/kernel/identifiers.js';
import { keyOfSealed, seal } from '../../src/kernel/sealed.js';
import { sha256Of } from '../../src/kernel/typed-any.js';
import { newRoot, type Root, refused, web } from './archived-log.js';
import { shredOf } from './numbered-payloads.js';
import { isPackedIn } from './packed-payload.js';

const disk = vi.hoisted(() => ({ writesLeft: Number.POSITIVE_INFINITY }));

vi.mock(import('node:fs'), async (original) => {
  const actual = await original();
  const writeSync = (...args: Parameters<typeof actual.writeSync>) => {
    disk.writesLeft -= 1;
    if (disk.writesLeft < 0) throw Object.assign(new Error('no more writes'), { code: 'EIO' });
    return actual.writeSync(...args);
  };
  return { ...actual, writeSync: writeSync as typeof actual.writeSync };
});

const searched = vi.hoisted(() => ({ hook: async (): Promise<void> => undefined }));

vi.mock(import('node:fs/promises'), async (original) => {
  const actual = await original();
  const open = async (...args: Parameters<typeof actual.open>) => {
    const file = await actual.open(...args);
    if (!String(args[0]).endsWith('data.mdb')) return file;
    const close = file[Symbol.asyncDispose].bind(file);
    const closed = async () => {
      await close();
      await searched.hook();
    };
    return Object.assign(file, { [Symbol.asyncDispose]: closed });
  };
  return { ...actual, open };
});

afterEach(() => {
  searched.hook = async () => undefined;
  disk.writesLeft = Number.POSITIVE_INFINITY;
});

const referring = (bytes: Uint8Array) => {
  const record = refused('x');
  return { ...record, event: { ...record.event, spec: { typeUrl: 'test', sha256: sha256Of(bytes) } } };
};

const store = ({ log }: Root, ...blobs: readonly Uint8Array[]) =>
  log.append({ stream: web, expectedVersion: 'any', records: blobs.map(referring), blobs });

/** Each round writes the page anew that a short value stands in; the old one stays behind. */
async function others(root: Root, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) await store(root, seal({ '/a': 'b' }));
}

const shred = ({ log }: Root, ...shredded: readonly Sha256[]) => shredOf(log, ...shredded);

/** Begins to read what there is now, and goes on as long as it is not disposed of. */
function pin(dir: string, reader: AsyncDisposableStack): void {
  const environment = openEnvironment(dir, true);
  openTables(environment, false)?.meta.get('schema');
  const transaction = environment.useReadTransaction();
  reader.defer(async () => {
    transaction.done();
    await environment.close();
  });
}

/** In which files of the root its bytes stand, plain or packed; of secrets, a piece of their key. */
function placesOf({ dir, archives }: Root, value: Buffer): readonly string[] {
  const key = keyOfSealed(value);
  const told = key ? [0, 8, 16, 24].map((at) => key.subarray(at, at + 8)) : [value];
  const log = readFileSync(join(dir, 'data.mdb'));
  const packed = existsSync(archives) ? readdirSync(archives).filter((name) => name.endsWith('.payloads')) : [];
  return [
    ...(told.some((bytes) => log.includes(bytes)) ? ['data.mdb'] : []),
    ...packed.filter((name) => isPackedIn(readFileSync(join(archives, name)), value)),
  ];
}

describe('a shredding that is cut short', () => {
  it.each([
    ['that stands in the log', false],
    ['that was archived', true],
  ])('is finished by the next one, whichever write was the last: of a payload %s', async (_, isArchived) => {
    let finished = false;
    for (let writes = 0; !finished; writes += 1) {
      await using root = await newRoot();
      const [short, secret] = [Buffer.from('{"args":["hush"]}'), seal({ '/process/env/0': 'TOKEN=hush' })];
      await store(root, short, secret);
      await others(root, 12);
      if (isArchived) await root.archive(3);
      expect(placesOf(root, short)).toHaveLength(isArchived ? 2 : 1);
      disk.writesLeft = writes;
      finished = await shred(root, sha256Of(short), sha256Of(secret)).then(
        () => true,
        () => false,
      );
      disk.writesLeft = Number.POSITIVE_INFINITY;
      if (finished) expect(writes).toBeGreaterThan(3);
      else await shred(root, sha256Of(short), sha256Of(secret));
      expect([...placesOf(root, short), ...placesOf(root, secret)]).toEqual([]);
      expect(() => root.log.blob(sha256Of(short))).toThrow(PayloadShreddedError);
    }
  });

  it('is finished by the next one, too, where somebody wrote in the moment when it had searched', async () => {
    let finished = false;
    for (let writes = 0; !finished; writes += 1) {
      await using root = await newRoot();
      const [short, secret] = [Buffer.from('{"args":["hush"]}'), seal({ '/process/env/0': 'TOKEN=hush' })];
      await store(root, short, secret);
      await others(root, 3);
      await using reader = new AsyncDisposableStack();
      let searches = 0;
      searched.hook = async () => {
        searches += 1;
        if (searches > 3) return;
        // So many that what is there is split up, and goes to pages where nothing of it stood before.
        await store(root, ...Array.from({ length: 40 }, () => randomBytes(150)));
        if (searches > 1) return;
        // Whatever he sees nobody writes over by chance.
        pin(root.dir, reader);
        disk.writesLeft = writes;
      };
      finished = await shred(root, sha256Of(short), sha256Of(secret)).then(
        () => true,
        () => false,
      );
      searched.hook = async () => undefined;
      disk.writesLeft = Number.POSITIVE_INFINITY;
      if (!finished) await shred(root, sha256Of(short), sha256Of(secret));
      expect([...placesOf(root, short), ...placesOf(root, secret)]).toEqual([]);
    }
  });

  it('has touched nothing where a file is missing that it needs', async () => {
    await using root = await newRoot();
    const [one, two] = [Buffer.from('{"args":["hush"]}'), Buffer.from('{"args":["hush, too"]}')];
    await store(root, one);
    await store(root, two);
    await root.archive(2);
    await root.archive(3);
    const [, { payloadFile = '' } = {}] = root.log.base.segments();
    renameSync(join(root.archives, payloadFile), join(root.archives, 'elsewhere'));
    const head = root.log.head();
    await expect(shred(root, sha256Of(one), sha256Of(two))).rejects.toThrow('it is not there: bring it back');
    expect([Buffer.from(root.log.blob(sha256Of(one))), root.log.head()]).toEqual([one, head]);
    renameSync(join(root.archives, 'elsewhere'), join(root.archives, payloadFile));
    await shred(root, sha256Of(one), sha256Of(two));
    expect([...placesOf(root, one), ...placesOf(root, two)]).toEqual([]);
  });
});

describe('a shredding beside others', () => {
  it('who archive what it destroys: the file that they have made of it has it no more', async () => {
    await using root = await newRoot();
    const value = Buffer.from('{"args":["hush"]}');
    await store(root, value);
    await others(root, 5);
    let shredding: Promise<unknown> = Promise.resolve();
    const onStep = (step: ArchiveStep) => {
      // It has looked for archived ones when their cut is made.
      if (step === 'cut') shredding = shred(root, sha256Of(value));
    };
    await root.archive(3, { onStep });
    await shredding;
    expect(placesOf(root, value)).toEqual([]);
    expect(() => root.log.blob(sha256Of(value))).toThrow(PayloadShreddedError);
    expect(root.verify()).toMatchObject({ findings: [] });
  });

  it('who write meanwhile: no copy that they make of its page is left', async () => {
    await using root = await newRoot();
    const value = Buffer.from('{"args":["hush"]}');
    await store(root, value);
    const writing = { stopped: false };
    const busy = (async () => {
      while (!writing.stopped) await others(root, 1);
    })();
    await shred(root, sha256Of(value));
    writing.stopped = true;
    await busy;
    expect(placesOf(root, value)).toEqual([]);
  });

  it('who store the same again: it is destroyed as well', async () => {
    await using root = await newRoot();
    const value = Buffer.from('{"args":["hush"]}');
    await store(root, value);
    await root.archive(2);
    const again = shred(root, sha256Of(value));
    await store(root, value);
    await again;
    expect(placesOf(root, value)).toEqual([]);
    expect(() => root.log.blob(sha256Of(value))).toThrow(PayloadShreddedError);
  });
});
