import { type EventLog, sha256Of, systemStream, typeUrls } from '@shiplog/core';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BundleHead } from '../../src/index.js';
import { append, bundleOf, logWithPayloads, newSigner, payloads } from '../evidence.js';
import { noPython, useVerifier } from './python.js';

const signer = newSigner();
const owner = useVerifier();
let log: EventLog;

beforeAll(async () => {
  log = await logWithPayloads();
});

beforeEach((context) => {
  if (noPython) context.skip(noPython);
});

type Line = Readonly<Record<string, unknown>>;

/** A bundle, changed and put together again. */
async function verifyChanged(change: (head: BundleHead, records: Line[], payloads: Line[]) => readonly object[]) {
  const [head, ...rest] = (await bundleOf(log, signer, { payloads: true })).map((line) => JSON.parse(line));
  const lines = change(head, rest.slice(0, head.records), rest.slice(head.records));
  return verifyText(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

const verifyText = (text: string) => owner.verifier.verify(owner.verifier.write(text), '--key', signer.keyFor(log));

describe('verify_bundle.py, on payloads', () => {
  it('verifies that each is what a record refers to', async () => {
    const { code, said } = await verifyChanged((head, records, ones) => [head, ...records, ...ones]);
    expect(said).toContain('holds   the bundle has 2 payloads\nholds   each is what a record refers to by its hash');
    expect(said).not.toContain('is not in the bundle');
    expect(said).toMatch(/\nVERIFIED\n$/);
    expect(code).toBe(0);
  });

  it('tells which ones are not there, and which were shredded', async () => {
    const shredded = await logWithPayloads();
    const sha256 = sha256Of(payloads.spec);
    const record = { type: '/audit/shredded', payloads: [{ typeUrl: typeUrls.spec, sha256 }], reason: 'CHG-7' };
    await append(shredded, systemStream, 5, record);
    await shredded.append({ stream: systemStream, expectedVersion: 'any', records: [], shred: [sha256] });
    const lines = await bundleOf(shredded, signer, { payloads: true });
    const text = lines.map((line) => `${line}\n`).join('');
    const verdict = await owner.verifier.verify(owner.verifier.write(text), '--key', signer.keyFor(shredded));
    expect(verdict.said).toContain(`record 1 refers to ${sha256}, which was shredded: record 5 says so`);
    expect(verdict.code).toBe(0);
    const hidden = await verifyChanged((head, records, [, ...ones]) => [{ ...head, payloads: 1 }, ...records, ...ones]);
    expect(hidden.said).toContain(`record 1 refers to ${sha256}, which is not in the bundle`);
    expect(hidden.code).toBe(0);
  });

  it('refuses any byte that is another', async () => {
    const lines = await bundleOf(log, signer, { payloads: true });
    const text = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const begin = text.indexOf('{"sha256"');
    const changes = fc.tuple(fc.integer({ min: begin, max: text.length - 1 }), fc.integer({ min: 1, max: 255 }));
    for (const [at, mask] of fc.sample(changes, 100)) {
      const copy = Buffer.from(text);
      copy[at] = (copy[at] ?? 0) ^ mask;
      const path = owner.verifier.write(copy);
      const { code, said } = await owner.verifier.verify(path, '--key', signer.keyFor(log));
      expect([1, 2], `byte ${at} ^ ${mask}: ${said}`).toContain(code);
    }
  });

  const other = { sha256: sha256Of(Buffer.from('x')), payload: 'x' };

  it.each<[string, number, string, Parameters<typeof verifyChanged>[0]]>([
    [
      'was changed',
      1,
      'has another hash',
      (head, records, [one, ...ones]) => [head, ...records, { ...one, payload: '{}' }, ...ones],
    ],
    [
      'no record refers to',
      1,
      'no record in the bundle refers to the payload',
      (head, records, ones) => [{ ...head, payloads: 3 }, ...records, ...ones, other],
    ],
    [
      'is there twice',
      1,
      'is in the bundle twice',
      (head, records, ones) => [head, ...records, ...ones, ones[0] as Line],
    ],
    [
      'was taken out',
      1,
      'the bundle has 1 payloads, and says that it has 2',
      (head, records, [one]) => [head, ...records, one as Line],
    ],
    [
      'stands in front of a record',
      2,
      'a line is no record',
      (head, [first, ...records], [one, ...ones]) => [head, first as Line, one as Line, ...records, ...ones],
    ],
    [
      'has something beside it',
      2,
      'a line is no record',
      (head, records, [one, ...ones]) => [head, ...records, { ...one, note: '' }, ...ones],
    ],
    [
      'the format knows nothing of',
      2,
      'no evidence bundle',
      (head, records, ones) => [{ ...head, format: 'shiplog-evidence-bundle/1' }, ...records, ...ones],
    ],
    [
      'the head does not count',
      2,
      'no evidence bundle',
      ({ payloads: _, ...head }, records, ones) => [head, ...records, ...ones],
    ],
    [
      'a bundle without payloads has',
      2,
      'a line is no record',
      ({ payloads: _, ...head }, records, ones) => [
        { ...head, format: 'shiplog-evidence-bundle/1' },
        ...records,
        ...ones,
      ],
    ],
  ])('refuses one that %s', async (_, expected, problem, change) => {
    const { code, said } = await verifyChanged(change);
    expect(said).toContain(problem);
    expect(code).toBe(expected);
  });
});
