/** A log of two tasks and the system's own stream, and bundles of it. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  type EventLog,
  formatVerifierKey,
  logNameOf,
  MemoryEventLog,
  makeCheckpoint,
  type NewRecord,
  parseTimestamp,
  type StreamId,
  sha256Of,
  typeUrls,
  verifierKeyOf,
} from '@shiplog/core';
import { type BundleRequest, evidenceBundle } from '../src/index.js';
import { actor } from './sample-events.js';

export const web: StreamId = { namespace: 'default', task: 'web' };
export const db: StreamId = { namespace: 'shop', task: 'db' };

export const timeOf = (index: number) => parseTimestamp(`2026-01-01T00:${String(index).padStart(2, '0')}:00Z`);

interface Given {
  readonly type?: string;
  readonly [field: string]: unknown;
}

function newRecord(index: number, { type = '/tasks/rejected', ...event }: Given): NewRecord {
  return {
    type,
    schema: 1,
    time: timeOf(index),
    actor,
    runtime: '',
    runtimeVersion: '',
    correlationId: `r${index}`,
    causation: 0,
    event,
  };
}

const refused = { containerId: 'x', execId: '', command: 'StartTask', code: 'not-found', message: 'there is none' };

export async function append(log: EventLog, stream: StreamId, index: number, given: Given = refused): Promise<void> {
  await log.append({ stream, expectedVersion: 'any', records: [newRecord(index, given)] });
}

const specOf = (args: readonly string[]) => Buffer.from(JSON.stringify({ ociVersion: '1.1.0', process: { args } }));

/** What web was created with, and what it was updated with: bytes that are no text. */
export const payloads = { spec: specOf(['serve']), resources: Buffer.of(0xff, 0x00) };

/** Of four records: the first refers to the spec and to its secrets, the third to the resources. */
export async function logWithPayloads(): Promise<EventLog> {
  const log = await logOf(0);
  const secrets = Buffer.from('KEY=hush');
  const spec = { typeUrl: typeUrls.spec, sha256: sha256Of(payloads.spec), secrets: sha256Of(secrets) };
  const resources = { typeUrl: 'resources', sha256: sha256Of(payloads.resources) };
  const blobs = [payloads.spec, payloads.resources, secrets];
  await log.append({ stream: web, expectedVersion: 0, records: [newRecord(1, { ...refused, spec })], blobs });
  await append(log, db, 2, { ...refused, spec });
  await append(log, web, 3, { ...refused, resources });
  await append(log, db, 4);
  return log;
}

/** Of `count` records: those at odd positions are web's, at even ones db's; a minute apart from 00:01 on. */
export async function logOf(count: number): Promise<EventLog> {
  const log = new MemoryEventLog({});
  for (let index = 1; index <= count; index += 1) await append(log, index % 2 === 1 ? web : db, index);
  return log;
}

export interface Signer {
  readonly privateKey: KeyObject;
  /** The verifier key, for a log. */
  keyFor(log: EventLog): string;
}

export function newSigner(): Signer {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { privateKey, keyFor: (log) => formatVerifierKey(verifierKeyOf(privateKey, logNameOf(log.origin))) };
}

/** The bundle of a log as it is, as lines. */
export async function bundleOf(
  log: EventLog,
  signer: Signer,
  request: Partial<BundleRequest> = {},
): Promise<readonly string[]> {
  const checkpoint = await makeCheckpoint(log, signer.privateKey);
  const bundle = evidenceBundle(log, { checkpoint, key: signer.keyFor(log), selection: {}, ...request });
  return [...bundle.lines()];
}
