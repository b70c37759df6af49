import {
  type Damage,
  type EventLog,
  InvalidArgumentError,
  makeCheckpoint,
  parseCheckpoint,
  type Sha256,
  systemStream,
} from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { type BundleHead, type BundleLine, type BundleSelection, recordSchema } from '../src/index.js';
import { append, bundleOf, logOf, newSigner, web } from './evidence.js';

const signer = newSigner();
const headOf = (lines: readonly string[]): BundleHead => JSON.parse(lines[0] ?? '');
const recordsOf = (lines: readonly string[]): readonly BundleLine[] => lines.slice(1).map((line) => JSON.parse(line));

/** The log as somebody has left it who writes past it. */
function changed(log: EventLog, position: number, bytes: Uint8Array | undefined): EventLog {
  return new Proxy(log, {
    get(target, name) {
      if (name === 'storedBytes') return (at: number) => (at === position ? bytes : target.storedBytes(at));
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

describe('an evidence bundle', () => {
  it('has the stored bytes of each record, and the hash that the tree has', async () => {
    const log = await logOf(6);
    const lines = await bundleOf(log, signer, { selection: { from: 2, to: 4 } });
    expect(recordsOf(lines)).toEqual(
      [2, 3, 4].map((position) => ({
        position,
        leaf: log.tree.hashes(0, position - 1, 1)[0],
        record: Buffer.from(log.storedBytes(position) ?? []).toString(),
      })),
    );
  });

  it('has a signed checkpoint, its key, what was asked for, and the schema', async () => {
    const log = await logOf(6);
    const head = headOf(await bundleOf(log, signer, { selection: { namespace: 'default', task: 'web' } }));
    expect(head).toMatchObject({
      format: 'shiplog-evidence-bundle/1',
      selection: { namespace: 'default', task: 'web' },
      range: [1, 6],
      key: signer.keyFor(log),
      records: 3,
      consistency: null,
    });
    expect(parseCheckpoint(head.checkpoint)).toMatchObject({ size: 6 });
    expect(head.schema).toEqual(JSON.parse(JSON.stringify(recordSchema())));
  });

  it('needs no proof beside its records where it has all of them', async () => {
    expect(headOf(await bundleOf(await logOf(6), signer)).proof).toEqual([]);
  });

  it('ends where the checkpoint ends', async () => {
    const log = await logOf(6);
    const checkpoint = await makeCheckpoint(log, signer.privateKey);
    await append(log, web, 7);
    expect(recordsOf(await bundleOf(log, signer, { checkpoint })).at(-1)?.position).toBe(6);
  });

  it('has a record that was changed as it is now, and says so', async () => {
    const log = changed(await logOf(6), 3, Buffer.from('{"forged":true}'));
    const damage: Damage[] = [];
    const lines = await bundleOf(log, signer, { onDamage: (found) => damage.push(found) });
    expect(recordsOf(lines)[2]).toMatchObject({ position: 3, record: '{"forged":true}' });
    expect(damage).toEqual([{ position: 3, reason: 'it is not the one that was appended' }]);
  });

  it('leaves a record out that is gone, and says so', async () => {
    const log = changed(await logOf(6), 3, undefined);
    const damage: Damage[] = [];
    const lines = await bundleOf(log, signer, { onDamage: (found) => damage.push(found) });
    expect(recordsOf(lines).map(({ position }) => position)).toEqual([1, 2, 4, 5, 6]);
    expect(headOf(lines).proof).toEqual(log.tree.hashes(0, 2, 1));
    expect(damage).toEqual([{ position: 3, reason: 'it is not there' }]);
  });

  it('has bytes that are no text in base64', async () => {
    const lines = await bundleOf(changed(await logOf(3), 2, Buffer.of(0xff, 0x00)), signer);
    expect(recordsOf(lines)[1]).toMatchObject({ position: 2, base64: '/wA=' });
  });

  it('has the records that say what was shredded of it, and of nothing else', async () => {
    const log = await logOf(4);
    const payload = { typeUrl: 'spec', sha256: 'ab'.repeat(32), secrets: 'cd'.repeat(32) };
    await append(log, web, 5, { resources: payload });
    await append(log, systemStream, 6, {
      type: '/audit/shredded',
      payloads: [{ typeUrl: 'spec', sha256: 'ef'.repeat(32) }],
    });
    await append(log, systemStream, 7, {
      type: '/audit/shredded',
      payloads: [{ typeUrl: 'spec', sha256: payload.secrets }],
    });
    const positionsFor = async (selection: BundleSelection) =>
      recordsOf(await bundleOf(log, signer, { selection })).map(({ position }) => position);
    expect(await positionsFor({ namespace: 'default', task: 'web' })).toEqual([1, 3, 5, 7]);
    expect(await positionsFor({ namespace: 'shop', task: 'db' })).toEqual([2, 4]);
  });

  it('shows that the log only grew since a checkpoint', async () => {
    const log = await logOf(5);
    const against = parseCheckpoint(await makeCheckpoint(log, signer.privateKey));
    await append(log, web, 6);
    expect(headOf(await bundleOf(log, signer, { against })).consistency).toMatchObject({ size: 5 });
  });

  it('is refused where the log is not what that checkpoint says', async () => {
    const log = await logOf(5);
    const against = {
      ...parseCheckpoint(await makeCheckpoint(log, signer.privateKey)),
      root: '00'.repeat(32) as Sha256,
    };
    await expect(bundleOf(log, signer, { against })).rejects.toThrow('the log is not what the checkpoint says');
  });

  it('is refused on a checkpoint of nothing', async () => {
    const empty = await makeCheckpoint(await logOf(0), signer.privateKey);
    const log = await logOf(1);
    const text = empty.replace(/^.*$/m, `shiplog/${log.origin}`);
    await expect(bundleOf(log, signer, { against: parseCheckpoint(text) })).rejects.toThrow(InvalidArgumentError);
  });
});
