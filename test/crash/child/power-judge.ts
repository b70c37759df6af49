/**
 * `node power-judge.ts`: for each line of stdin, `{"dir": ..., "state": ..., "said": [...]}`, what a power cut left in `dir` is opened as
 * anybody would, and one line says which promises are broken: a JSON array. A process of its own, since LMDB may end it.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  archivesFolder,
  formatVerifierKey,
  leafHash,
  logNameOf,
  marshalAny,
  openShiplog,
  parseSha256,
  readSigningKey,
  type Shiplog,
  signingKeyFile,
  typeUrls,
  verifierKeyOf,
  verifyFolder,
} from '@shiplog/core';
import type { Said } from '../power/said.ts';
import { paperRuntime, paperRuntimeId } from './paper-runtime.ts';

/** What the state folder on a tmpfs is after a reboot: empty, and where it was. */
async function judge(dir: string, state: string, said: readonly Said[]): Promise<readonly string[]> {
  const root = join(dir, 'new', 'root');
  const complaints: string[] = [];
  const complain = (error: unknown) => complaints.push(String(error));
  const options = { root, state, plugins: [paperRuntime()], hold: false, onError: complain };
  try {
    const findings = said.length > 0 ? await findingsIn(root) : [];
    await using shiplog = await openShiplog(options);
    for (const finding of findings) if (!(await askAgain(shiplog, finding))) complaints.push(finding);
    for (const each of said) complaints.push(...broken(dir, shiplog, each));
    const spec = marshalAny(typeUrls.spec, { ociVersion: '1.0.2' });
    await shiplog.runtime.create('after', { runtime: paperRuntimeId, spec });
  } catch (error) {
    complain(error);
  }
  return [...complaints, ...(await findingsIn(root).catch((error: unknown) => [String(error)]))];
}

/** A shredding that the cut came into the middle of: what the finding says is to be done, then. */
async function askAgain({ runtime }: Shiplog, finding: string): Promise<boolean> {
  const [, sha256] =
    /^(?:blob: what stands under|archive: the payload) (\w+) .* cut short: ask for it again$/.exec(finding) ?? [];
  if (sha256 === undefined) return false;
  await runtime.shred({ sha256: parseSha256(sha256) }, { reason: 'again' });
  return true;
}

async function findingsIn(root: string): Promise<readonly string[]> {
  const { verified, findings } = await verifyFolder(join(root, 'log'), { archives: join(root, archivesFolder) });
  return verified ? [] : findings.map(({ kind, message }) => `${kind}: ${message}`);
}

function broken(dir: string, { log, runtime }: Shiplog, said: Said): readonly string[] {
  if ('receipt' in said) {
    const { position, leafHash: promised, type, task } = said.receipt;
    const bytes = log.storedBytes(position);
    // Of an archived one the file is verified against the tree.
    const [leaf] = position <= log.base.position ? log.tree.hashes(0, position - 1, 1) : [bytes && leafHash(bytes)];
    return leaf === promised ? [] : [`${type} of ${task} was returned, and is not at ${position}`];
  }
  if ('archived' in said) {
    const { position } = log.base;
    return position >= said.archived
      ? []
      : [`records were archived up to ${said.archived}, and it says up to ${position}`];
  }
  if ('note' in said) {
    const kept = [...log.stored().checkpoints()].some(({ note }) => note === said.note);
    return kept ? [] : ['a checkpoint was returned, and is not in the log'];
  }
  if ('key' in said) {
    const key = readSigningKey(join(dir, 'new', 'root', signingKeyFile));
    const same = formatVerifierKey(verifierKeyOf(key, logNameOf(log.origin))) === said.key;
    return same ? [] : ['the signing key is another'];
  }
  if ('shredded' in said) {
    const codes = said.shredded.map((sha256) => {
      try {
        runtime.payload({ typeUrl: '', sha256: parseSha256(sha256) });
        return 'there';
      } catch (error) {
        return (error as Error).name;
      }
    });
    return codes.every((code) => code === 'PayloadShreddedError') ? [] : [`what was shredded is: ${codes}`];
  }
  return Object.entries(said.files).flatMap(([name, sha256]) => {
    const path = join(dir, said.checkpoint, name);
    const same = existsSync(path) && createHash('sha256').update(readFileSync(path)).digest('hex') === sha256;
    return same ? [] : [`${name} of a checkpoint that was returned is not what it was`];
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  const { dir, state, said } = JSON.parse(line) as { dir: string; state: string; said: readonly Said[] };
  process.stdout.write(`${JSON.stringify(await judge(dir, state, said))}\n`);
}
