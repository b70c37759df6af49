/** `node power-writer.ts DIR STATE`: does everything to a new root that writes to it, and says what it was told. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CallContext,
  ensureSigningKey,
  formatVerifierKey,
  logNameOf,
  makeCheckpoint,
  marshalAny,
  openShiplog,
  signingKeyFile,
  typeUrls,
  verifierKeyOf,
} from '@shiplog/core';
import type { Said } from '../power/said.ts';
import { paperRuntime, paperRuntimeId } from './paper-runtime.ts';

const [dir = '', state = ''] = process.argv.slice(2);
const root = join(dir, 'new', 'root');
const checkpoint = join(dir, 'checkpoints', 'web');

const say = (said: Said) => writeSync(1, `${JSON.stringify(said)}\n`);
const context: CallContext = { onReceipt: (receipt) => say({ receipt }) };

/** With a secret, and as large as to have pages of its own in the log's file. */
const specOf = (name: string) =>
  marshalAny(typeUrls.spec, {
    ociVersion: '1.0.2',
    process: { env: [`SECRET=${name}-${'x'.repeat(60)}`] },
    annotations: { padding: name.repeat(2_000) },
  });

const open = () => openShiplog({ root, state, plugins: [paperRuntime()], hold: false });

async function run(): Promise<void> {
  await using shiplog = await open();
  const { runtime, log } = shiplog;
  const create = (id: string) => runtime.create(id, { runtime: paperRuntimeId, spec: specOf(id) }, context);

  for (const id of ['gone', 'old']) {
    await create(id);
    await runtime.delete(id, context);
  }
  const key = ensureSigningKey(join(root, signingKeyFile));
  say({ key: formatVerifierKey(verifierKeyOf(key, logNameOf(log.origin))) });
  say({ note: await makeCheckpoint(log, key) });

  const web = await create('web');
  await web.start(context);
  await web.checkpoint(checkpoint, undefined, context);
  say({ checkpoint: 'checkpoints/web', files: filesIn(checkpoint) });

  await Promise.all(['one', 'two', 'three'].map(create));
  const { payloads } = await runtime.shred({ task: 'gone' }, { reason: 'it is over' });
  say({ shredded: payloads.map(({ sha256 }) => sha256) });
  say({ note: await makeCheckpoint(log, key) });

  for (const before of [log.head() - 10, log.head() + 1]) {
    const { position } = await shiplog.archive({ before });
    say({ archived: position });
  }
  const { payloads: archived } = await runtime.shred({ task: 'old' }, { reason: 'it is over, too' });
  say({ shredded: archived.map(({ sha256 }) => sha256) });
  await create('later');
}

function filesIn(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.\w+$/.test(name));
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
  return Object.fromEntries(names.map((name) => [name, hash(name)]));
}

await run();
{
  await using shiplog = await open();
  await shiplog.runtime.delete('one', context).catch(() => undefined);
}
