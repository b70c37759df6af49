import { type EventLog, type Sha256, sha256Of, systemStream, typeUrls } from '@shiplog/core';
import { describe, expect, it } from 'vitest';
import { type BundleRequest, evidenceBundle, type UnreadPayload } from '../src/index.js';
import { append, bundleOf, logWithPayloads, newSigner, payloads, web } from './evidence.js';

const signer = newSigner();
const [spec, resources] = [sha256Of(payloads.spec), sha256Of(payloads.resources)];

/** The head's members on payloads, and the lines behind the records. */
async function payloadsOf(log: EventLog, request: Partial<BundleRequest> = {}) {
  const [head = '', ...lines] = await bundleOf(log, signer, { payloads: true, ...request });
  const { format, records, payloads: count } = JSON.parse(head);
  return { format, count, lines: lines.slice(records).map((line) => JSON.parse(line)) };
}

describe('the payloads of an evidence bundle', () => {
  it('are there where they are asked for: each once, as it is stored, and no secret', async () => {
    const log = await logWithPayloads();
    expect(await payloadsOf(log)).toEqual({
      format: 'shiplog-evidence-bundle/2',
      count: 2,
      lines: [
        { sha256: spec, payload: payloads.spec.toString() },
        { sha256: resources, base64: '/wA=' },
      ],
    });
    expect((await bundleOf(log, signer, { payloads: true })).join()).not.toContain('hush');
    expect(await payloadsOf(log, { payloads: false })).toEqual({ format: 'shiplog-evidence-bundle/1', lines: [] });
  });

  it('are those of its records', async () => {
    const log = await logWithPayloads();
    expect((await payloadsOf(log, { selection: { from: 3 } })).lines).toMatchObject([{ sha256: resources }]);
    expect(await payloadsOf(log, { selection: { from: 4 } })).toMatchObject({ count: 0, lines: [] });
  });

  it('are without those that were shredded: the record that says so is there', async () => {
    const log = await logWithPayloads();
    const shred = [{ typeUrl: typeUrls.spec, sha256: spec }];
    await append(log, systemStream, 5, { type: '/audit/shredded', payloads: shred, reason: 'CHG-7' });
    await log.append({ stream: systemStream, expectedVersion: 'any', records: [], shred: [spec] });
    const unread: UnreadPayload[] = [];
    const { lines } = await payloadsOf(log, { onUnread: (one) => unread.push(one) });
    expect([lines.map(({ sha256 }) => sha256), unread]).toEqual([[resources], []]);
  });

  it('are without those that cannot be read, and that is told', async () => {
    const log = await logWithPayloads();
    const lost = 'ab'.repeat(32) as Sha256;
    await append(log, web, 5, { containerId: 'web', spec: { typeUrl: typeUrls.spec, sha256: lost } });
    const unread: UnreadPayload[] = [];
    expect(await payloadsOf(log, { onUnread: (one) => unread.push(one) })).toMatchObject({ count: 2 });
    expect(unread).toEqual([{ sha256: lost, position: 5, reason: `the log has no blob ${lost}` }]);
  });

  it('are without those that an older version stored with their secrets', async () => {
    const log = await logWithPayloads();
    const old = Buffer.from(JSON.stringify({ process: { env: ['KEY=hunter2'] } }));
    await log.append({ stream: web, expectedVersion: 'any', records: [], blobs: [old] });
    await append(log, web, 5, { containerId: 'web', spec: { typeUrl: typeUrls.spec, sha256: sha256Of(old) } });
    const [head = '{}'] = await bundleOf(log, signer, { payloads: true });
    const { checkpoint, key } = JSON.parse(head);
    const bundle = evidenceBundle(log, { checkpoint, key, selection: {}, payloads: true });
    expect([bundle.withheld, bundle.head.payloads]).toEqual([1, 2]);
    expect([...bundle.lines()].join()).not.toContain('hunter2');
  });
});
