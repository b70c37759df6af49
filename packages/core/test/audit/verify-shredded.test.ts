import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyLog } from '../../src/audit/verify-log.js';
import { LmdbEventLog } from '../../src/event-log/lmdb-event-log.js';
import { marshalAny, typeUrls } from '../../src/kernel/typed-any.js';
import { taskProjection } from '../../src/projections/task-projection.js';
import { referencesOf } from '../../src/runtime/references.js';
import { newRecord } from '../event-log/new-record.js';
import { type Machine, machine } from '../runtime/harness.js';
import { tamper, verify } from './audited-log.js';

const opts = { spec: marshalAny(typeUrls.spec, { process: { args: ['true'], env: ['TOKEN=hush'] } }) };
const actor = { user: 'ada' };
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shiplog-shredded-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function shredded(host: Machine): Promise<void> {
  await host.manager.create('web', opts);
  await host.manager.delete('web');
  await host.manager.shred({ task: 'web' }, { reason: 'CHG-7' }, { actor });
}

async function onMachine(work: (host: Machine) => Promise<void>): Promise<void> {
  await using log = await LmdbEventLog.open(dir, { projections: [taskProjection] });
  await using host = await machine({ log });
  await work(host);
}

describe('a log of which payloads were shredded', () => {
  it('is verified, and it is told what, when, by whom and why', async () => {
    await onMachine(async (host) => {
      await shredded(host);
      const [done] = [...host.log.read()].filter(({ type }) => type === '/audit/shredded');
      expect(verifyLog(host.log)).toMatchObject({
        verified: true,
        blobs: 0,
        notices: [`record ${done?.position}: 2 payloads were shredded on ${done?.time} by ada: CHG-7`],
      });
    });
  });

  it('is verified where one was stored again since', async () => {
    await onMachine(async (host) => {
      await shredded(host);
      await host.manager.create('web', opts);
    });
    expect(await verify(dir)).toMatchObject({ verified: true, blobs: 2 });
  });

  it('is not where a payload is gone that was stored again since, or that no record calls shredded', async () => {
    await onMachine(async (host) => {
      await shredded(host);
      await host.manager.create('web', opts);
      await host.manager.create('db', opts);
    });
    await tamper(dir, ({ blobs }) => {
      for (const key of [...blobs.getKeys()]) blobs.removeSync(key);
    });
    const { verified, findings } = await verify(dir);
    expect(verified).toBe(false);
    // What may be shown is of both; the secrets are each task's own.
    expect(findings.map(({ kind }) => kind)).toEqual(['blob', 'blob', 'blob']);
  });

  it('is not where a shredding was cut short, and it is told what to do', async () => {
    let sha256 = '';
    await onMachine(async (host) => {
      await host.manager.create('web', opts);
      sha256 = [...host.log.read()].flatMap(referencesOf)[0]?.sha256 ?? '';
      const asked = newRecord('/audit/shred-requested', { payloads: [{ typeUrl: typeUrls.spec, sha256 }] });
      await host.log.append({ stream: { namespace: '', task: '' }, expectedVersion: 'any', records: [asked] });
    });
    await tamper(dir, ({ blobs }) => blobs.putSync(Buffer.from(sha256, 'hex'), Buffer.from('')));
    expect((await verify(dir)).findings).toMatchObject([
      {
        kind: 'blob',
        message: `what stands under ${sha256} has another hash: a shredding of it, asked for by record 3, was cut short: ask for it again`,
      },
    ]);
  });
});
