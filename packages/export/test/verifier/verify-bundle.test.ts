import { appendFileSync, truncateSync } from 'node:fs';
import {
  type EventLog,
  formatCheckpoint,
  formatNote,
  leafHash,
  makeCheckpoint,
  parseCheckpoint,
  rootOf,
  type Sha256,
  signText,
  systemStream,
} from '@shiplog/core';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BundleHead, BundleLine, BundleSelection } from '../../src/index.js';
import { append, bundleOf, logOf, newSigner, timeOf, web } from '../evidence.js';
import { noPython, useVerifier } from './python.js';

const signer = newSigner();
const owner = useVerifier();
let log: EventLog;
let key: string;

beforeAll(async () => {
  log = await logOf(11);
  key = signer.keyFor(log);
});

beforeEach((context) => {
  if (noPython) context.skip(noPython);
});

const textOf = (lines: readonly string[]) => `${lines.join('\n')}\n`;

/** A bundle, changed and put together again. */
async function forged(
  change: (head: BundleHead, records: readonly BundleLine[]) => readonly [object, readonly object[]],
  selection: BundleSelection = { from: 3, to: 8 },
): Promise<string> {
  const [head, ...records] = (await bundleOf(log, signer, { selection })).map((line) => JSON.parse(line));
  const [newHead, newRecords] = change(head, records);
  return textOf([newHead, ...newRecords].map((line) => JSON.stringify(line)));
}

/** The same line with another record in it, and its hash. */
function reworded(line: BundleLine, change: (text: string) => string): BundleLine {
  const record = change('record' in line ? line.record : '');
  return { position: line.position, leaf: leafHash(Buffer.from(record)), record };
}

/** A note of the log on another tree, signed. */
function noteOn(size: number, root: string, by = signer): string {
  const name = `shiplog/${log.origin}`;
  const text = formatCheckpoint({ name, size, root: root as Sha256 });
  return formatNote({ text, signatures: [signText(text, by.privateKey, name)] });
}

function verifyText(text: string | Uint8Array, ...options: readonly string[]) {
  return owner.verifier.verify(owner.verifier.write(text), ...options);
}

describe('verify_bundle.py verifies', () => {
  it.each<[string, BundleSelection, string]>([
    ['a whole log', {}, 'no record from position 1 to 11 is missing'],
    ['a range', { from: 3, to: 8 }, 'no record from position 3 to 8 is missing'],
    ['a range that was to go on', { from: 10, to: 999 }, 'no record from position 10 to 11 is missing'],
    ['a span of time', { since: timeOf(2), until: timeOf(5) }, 'no record from position 2 to 5 is missing'],
    [
      'a task',
      { namespace: 'default', task: 'web' },
      'between the first and the last record of a task none is missing',
    ],
    ['a namespace from somewhere on', { namespace: 'shop', from: 5 }, 'none is missing'],
  ])('%s', async (_, selection, claim) => {
    const { code, said } = await verifyText(textOf(await bundleOf(log, signer, { selection })), '--key', key);
    expect(said).toContain(claim);
    expect(said).toMatch(/\nVERIFIED\n$/);
    expect(code).toBe(0);
  });

  it('bundles of any part of any log', async () => {
    const parts = fc.record({ size: fc.integer({ min: 1, max: 40 }), from: fc.nat(), length: fc.nat() });
    for (const { size, from, length } of fc.sample(parts, 40)) {
      const one = await logOf(size);
      const first = 1 + (from % size);
      const lines = await bundleOf(one, signer, { selection: { from: first, to: first + (length % size) } });
      const { code, said } = await verifyText(textOf(lines), '--key', signer.keyFor(one));
      expect(code, said).toBe(0);
    }
  });

  it('that the log has only grown since a checkpoint that was kept, whatever its size', async () => {
    const growing = await logOf(0);
    const notes: string[] = [];
    for (let index = 1; index <= 20; index += 1) {
      await append(growing, web, index);
      notes.push(await makeCheckpoint(growing, signer.privateKey));
    }
    for (const note of notes) {
      const lines = await bundleOf(growing, signer, { selection: { from: 20 }, against: parseCheckpoint(note) });
      const kept = ['--against', owner.verifier.write(note)];
      const { code, said } = await verifyText(textOf(lines), '--key', signer.keyFor(growing), ...kept);
      expect(code, said).toBe(0);
      expect(said).toContain('the log begins with all that it had then');
    }
  });

  it('and says what was shredded', async () => {
    const shredded = await logOf(2);
    await append(shredded, web, 3, { spec: { typeUrl: 'spec', sha256: 'ab'.repeat(32) } });
    const payloads = [{ typeUrl: 'spec', sha256: 'ab'.repeat(32) }];
    await append(shredded, systemStream, 4, { type: '/audit/shredded', payloads, reason: 'CHG-7' });
    const lines = await bundleOf(shredded, signer, { selection: { namespace: 'default', task: 'web' } });
    const { code, said } = await verifyText(textOf(lines), '--key', signer.keyFor(shredded));
    expect(said).toContain('record 4 says what was shredded: {"payloads": [{"typeUrl": "spec", "sha256": "abab');
    expect(code).toBe(0);
  });

  it('as it is started at a prompt, with the key in a file', async () => {
    const text = textOf(await bundleOf(log, signer));
    const { code, said } = owner.verifier.run(owner.verifier.write(text), '--key', owner.verifier.write(`${key}\n`));
    expect(said).toMatch(/\nVERIFIED\n$/);
    expect(code).toBe(0);
  });

  it('nothing without a key: every forger’s bundle agrees with itself', async () => {
    const { code, said } = await verifyText(textOf(await bundleOf(log, signer)));
    expect(said).toContain('NOT VERIFIED: the bundle agrees with itself');
    expect(code).toBe(3);
  });
});

describe('verify_bundle.py refuses', () => {
  const changed = (line: BundleLine) => reworded(line, (text) => text.replace('ada', 'eve'));
  const forgeries: readonly [string, number, string, Parameters<typeof forged>[0], BundleSelection?][] = [
    [
      'a changed record',
      1,
      'the record at position 4 is not the one',
      (head, records) => [head, records.map((line, at) => (at === 1 ? { ...changed(line), leaf: line.leaf } : line))],
    ],
    [
      'a changed record with its own hash',
      1,
      'do not lead to the root',
      (head, records) => [head, records.map((line, at) => (at === 1 ? changed(line) : line))],
    ],
    ['a record that was taken out', 1, '1 of the records from position 3 to 8 are missing', without(5)],
    [
      'a record that was taken out, and put into the proof',
      1,
      '1 of the records from position 3 to 8 are missing',
      (head, records) => {
        const [first, ...rest] = records;
        // Records 3 to 8 of 11: the proof is the root of 1 and 2, then what is behind 8; leaf 3 comes between.
        const [before = '', ...after] = head.proof;
        return [{ ...head, records: rest.length, proof: [before, first?.leaf, ...after] }, rest];
      },
    ],
    [
      'a record of a task that was taken out, and put into the proof',
      1,
      "records of 'default/web' before position 5 are missing",
      (head, records) => [
        { ...head, records: records.length - 1, proof: [head.proof[0], records[1]?.leaf, ...head.proof.slice(1)] },
        records.filter(({ position }) => position !== 3),
      ],
      { namespace: 'default', task: 'web' },
    ],
    ['less than was asked for', 1, 'and others asked for', (head, records) => [{ ...head, range: [4, 8] }, records]],
    [
      'records in another order',
      2,
      'position 3 is out of order',
      (head, [first, second, ...rest]) => [head, [second as object, first as object, ...rest]],
    ],
    [
      'records that have changed places',
      1,
      'do not lead to the root',
      (head, records) => [
        head,
        records.map((line, at) => (at > 1 ? line : { ...(records[1 - at] as BundleLine), position: line.position })),
      ],
    ],
    ['a record twice', 2, 'is out of order', (head, records) => [head, [records[0] as object, ...records]]],
    [
      'a record from elsewhere',
      1,
      'do not lead to the root',
      (head, records) => [
        { ...head, records: records.length + 1, range: [3, 9], selection: { from: 3, to: 9 } },
        [...records, { ...reworded(records[5] as BundleLine, (text) => text.replace(':8,', ':9,')), position: 9 }],
      ],
    ],
    [
      'a position behind the end',
      2,
      'behind the end of the tree',
      (head, records) => [head, [...records, { ...records[0], position: 12 }]],
    ],
    [
      'a proof with a hash too many',
      1,
      'do not lead to the root',
      (head, records) => [{ ...head, proof: [...head.proof, '00'.repeat(32)] }, records],
    ],
    [
      'a proof with a hash too few',
      1,
      'do not lead to the root',
      (head, records) => [{ ...head, proof: head.proof.slice(1) }, records],
    ],
    [
      'a checkpoint of another size',
      1,
      'no valid signature',
      (head, records) => [{ ...head, checkpoint: head.checkpoint.replace('\n11\n', '\n12\n') }, records],
    ],
    [
      'a checkpoint with another root',
      1,
      'no valid signature',
      (head, records) => {
        const [name, size, , ...rest] = head.checkpoint.split('\n');
        const root = Buffer.alloc(32, 1).toString('base64');
        return [{ ...head, checkpoint: [name, size, root, ...rest].join('\n') }, records];
      },
    ],
    [
      'a checkpoint that others have signed',
      1,
      'no valid signature',
      (head, records) => [
        { ...head, checkpoint: noteOn(11, parseCheckpoint(head.checkpoint).root, newSigner()) },
        records,
      ],
    ],
    [
      'the signature of a smaller tree',
      1,
      'do not lead to the root',
      (head, records) => [{ ...head, checkpoint: noteOn(9, '11'.repeat(32)) }, records],
    ],
    [
      'a bundle that names another key',
      1,
      'another key than the one that was given',
      (head, records) => [{ ...head, key: newSigner().keyFor(log) }, records],
    ],
    [
      'a checkpoint whose signature was changed',
      1,
      'no valid signature',
      (head, records) => [
        { ...head, checkpoint: head.checkpoint.replace(/.(.{8})==?\n$|.(.{8})\n$/, (text) => flipped(text)) },
        records,
      ],
    ],
    [
      'a checkpoint without a signature',
      2,
      'no signature',
      (head, records) => [{ ...head, checkpoint: head.checkpoint.replace(/—[^\n]*\n$/, '\n') }, records],
    ],
    [
      'a checkpoint of another log',
      2,
      'the checkpoint is of the log',
      (head, records) => [{ ...head, checkpoint: head.checkpoint.replace('shiplog/', 'shiplog/x') }, records],
    ],
    [
      'what is hidden beside a record',
      2,
      'a line is no record',
      (head, records) => [head, [{ ...records[0], note: 'and this' }, ...records.slice(1)]],
    ],
    ['a truth for a position', 2, 'a line is no record', (head, [, ...rest]) => [head, [{ position: true }, ...rest]]],
    ['a head with more in it', 2, 'no evidence bundle', (head, records) => [{ ...head, more: 1 }, records]],
    [
      'another version',
      2,
      'no evidence bundle',
      (head, records) => [{ ...head, format: 'shiplog-evidence-bundle/3' }, records],
    ],
    [
      'a selection of what is not known',
      2,
      'asks for what is not known here',
      (head, records) => [{ ...head, selection: { color: 'red' } }, records],
    ],
  ];

  it.each(forgeries)('%s', async (_name, expected, problem, change, selection) => {
    const { code, said } = await verifyText(await forged(change, selection), '--key', key);
    expect(said).toContain(problem);
    expect(code).toBe(expected);
  });

  function without(position: number): Parameters<typeof forged>[0] {
    return (head, records) => [
      { ...head, records: records.length - 1 },
      records.filter((line) => line.position !== position),
    ];
  }

  function flipped(text: string): string {
    const at = text.search(/[A-Za-z0-9]/);
    return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
  }

  it('another key than its own', async () => {
    const { code, said } = await verifyText(textOf(await bundleOf(log, signer)), '--key', newSigner().keyFor(log));
    expect(said).toContain('the checkpoint has no valid signature of the key');
    expect(code).toBe(1);
  });

  it('the tree of another log', async () => {
    const { code, said } = await verifyText(textOf(await bundleOf(await logOf(11), signer)), '--key', key);
    expect(said).toContain('the checkpoint is of the log');
    expect(code).toBe(2);
  });

  it.each([
    ['a history that was written anew', () => noteOn(5, '11'.repeat(32)), 'the log was changed, or cut short'],
    ['a log of the same size and another root', () => noteOn(11, '11'.repeat(32)), 'the log was changed, or cut short'],
    ['a log that was cut short', () => noteOn(12, '11'.repeat(32)), 'the log was changed, or cut short'],
    [
      'an empty log that was kept, which proves nothing',
      () => noteOn(0, '11'.repeat(32)),
      'no proof from 0 records on',
    ],
    ['a kept checkpoint that it has no proof for', () => noteOn(6, '11'.repeat(32)), 'no proof from 6 records on'],
    [
      'a kept checkpoint of another signer',
      () => noteOn(5, rootOf(log.tree, 5), newSigner()),
      'that was kept has no valid',
    ],
  ])('%s', async (_, kept, problem) => {
    const against = parseCheckpoint(noteOn(5, rootOf(log.tree, 5)));
    const text = textOf(await bundleOf(log, signer, { against }));
    const { code, said } = await verifyText(text, '--key', key, '--against', owner.verifier.write(kept()));
    expect(said).toContain(problem);
    expect(code).toBe(1);
  });

  it.each([
    ['a file that is not there', ['/nonexistent/bundle']],
    ['a folder', ['/']],
  ])('%s', async (_, args) => {
    expect(await owner.verifier.verify(...args)).toMatchObject({ code: 2, said: expect.stringContaining('REFUSED') });
  });

  it('what is no key', async () => {
    const text = textOf(await bundleOf(log, signer));
    for (const wrong of ['a+b', 'a+00000000+AQ==', key.replace(/\+[0-9a-f]{8}\+/, '+00000000+')]) {
      expect(await verifyText(text, '--key', wrong)).toMatchObject({
        code: 2,
        said: expect.stringContaining('verifier key'),
      });
    }
  });

  it('a file that was cut short anywhere', async () => {
    const text = Buffer.from(textOf(await bundleOf(log, signer, { selection: { from: 9 } })));
    const cuts = [0, 1, 100, ...Array.from({ length: 40 }, (_, index) => text.length - 1 - index * 37)];
    for (const length of cuts) {
      const { code, said } = await verifyText(text.subarray(0, length), '--key', key);
      expect([1, 2], said).toContain(code);
    }
  });

  it('a file in which any byte is another', async () => {
    const text = Buffer.from(textOf(await bundleOf(log, signer, { selection: { from: 9 } })));
    // The schema and what was asked for are nobody's proof.
    const head = text.indexOf('"checkpoint"');
    const schema = text.indexOf('"schema"');
    const records = text.indexOf('\n');
    const places = fc.oneof(
      fc.integer({ min: head, max: schema - 2 }),
      fc.integer({ min: records, max: text.length - 1 }),
    );
    const changes = fc.sample(fc.tuple(places, fc.integer({ min: 1, max: 255 })), 150);
    for (const [at, mask] of changes) {
      const copy = Buffer.from(text);
      copy[at] = (copy[at] ?? 0) ^ mask;
      const { code, said } = await verifyText(copy, '--key', key);
      expect([1, 2], `byte ${at} ^ ${mask}: ${said}`).toContain(code);
    }
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'hello\n'],
    ['a number', '1\n'],
    ['a list', '[]\n'],
    ['JSON that is nested without end', `${'['.repeat(200_000)}\n`],
    ['a number of many digits', `{"format": ${'9'.repeat(100_000)}}\n`],
    ['no number', '{"format": NaN}\n'],
    ['a fraction', '{"format": 1e5}\n'],
    ['two members of one name', '{"format": "a", "format": "b"}\n'],
    ['bytes that are no text', Buffer.of(0xff, 0xfe, 0x0a)],
    ['half of a surrogate pair', '{"format": "\\ud800"}\n'],
  ])('%s for a bundle', async (_, content) => {
    const { code, said } = await verifyText(content, '--key', key);
    expect(said).toMatch(/^REFUSED: /);
    expect(code).toBe(2);
  });

  it('a line too long to be a record, without reading it whole', async () => {
    const file = owner.verifier.write(textOf(await bundleOf(log, signer)));
    // A hole: it takes no room on disk.
    appendFileSync(file, ' ');
    truncateSync(file, 2 ** 30);
    const { code, said } = await owner.verifier.verify(file, '--key', key);
    expect(said).toContain('the last line has no end, or is too long');
    expect(code).toBe(2);
  });
});
