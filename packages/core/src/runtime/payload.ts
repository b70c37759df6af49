/** How a spec, a process or options go into the log's store of blobs, and come out again. */
import type { EventLog } from '../event-log/event-log.js';
import { parseExactJson } from '../kernel/exact-json.js';
import { assertPayloadLimits } from '../kernel/payload-limits.js';
import { seal, unseal } from '../kernel/sealed.js';
import { sha256Of, type TypedAny } from '../kernel/typed-any.js';
import type { BlobRef } from '../task/events.js';
import { joinSecrets, partSecrets } from './secrets.js';

export interface StoredPayload {
  /** How the log refers to it. */
  readonly ref: BlobRef;
  readonly blobs: readonly Uint8Array[];
}

/**
 * What may be shown is one blob, shared by all who have the same; the secrets are another, sealed and their own.
 *
 * @param marked JSON pointers of secrets beside the values of environment variables
 * @throws InvalidArgumentError if there is nothing at one of them, or it is larger or deeper than makes sense
 */
export function storePayload({ typeUrl, value }: TypedAny, marked: readonly string[] = []): StoredPayload {
  assertPayloadLimits(`the payload of type ${typeUrl}`, value);
  const json = tryParse(value);
  const { shown, secrets } = partSecrets(typeUrl, json, marked);
  if (Object.keys(secrets).length === 0) return { ref: { typeUrl, sha256: sha256Of(value) }, blobs: [value] };
  const blob = Buffer.from(JSON.stringify(shown));
  const sealed = seal(secrets);
  return { ref: { typeUrl, sha256: sha256Of(blob), secrets: sha256Of(sealed) }, blobs: [blob, sealed] };
}

/**
 * The value as it was given.
 *
 * @throws NotFoundError, PayloadShreddedError, UnavailableError as `EventLog.blob`
 */
export function readPayload(log: EventLog, { typeUrl, sha256, secrets }: BlobRef): TypedAny {
  const value = log.blob(sha256);
  if (secrets === undefined) return { typeUrl, value };
  const shown = parseExactJson(Buffer.from(value).toString());
  return { typeUrl, value: Buffer.from(JSON.stringify(joinSecrets(shown, unseal(log.blob(secrets))))) };
}

/** What of it was marked as secret, beside the values of environment variables. @throws as `readPayload` */
export function markedIn(log: EventLog, { secrets }: BlobRef): readonly string[] {
  if (secrets === undefined) return [];
  return Object.keys(unseal(log.blob(secrets))).filter((pointer) => !/(?:^|\/)env\/\d+$/.test(pointer));
}

/**
 * What may be shown of it, as JSON; undefined if it is none. Also of what an older version stored whole.
 *
 * @throws NotFoundError, PayloadShreddedError, UnavailableError as `EventLog.blob`
 */
export function showPayload(log: EventLog, { typeUrl, sha256, secrets }: BlobRef): unknown {
  const json = tryParse(log.blob(sha256));
  return secrets === undefined ? partSecrets(typeUrl, json, []).shown : json;
}

/**
 * Its bytes as they are stored, without its secrets; undefined for what an older version stored whole, with secrets in it.
 *
 * @throws NotFoundError, PayloadShreddedError, UnavailableError as `EventLog.blob`
 */
export function shownBytes(log: EventLog, { typeUrl, sha256, secrets }: BlobRef): Uint8Array | undefined {
  const bytes = log.blob(sha256);
  const isParted = secrets !== undefined || Object.keys(partSecrets(typeUrl, tryParse(bytes), []).secrets).length === 0;
  return isParted ? bytes : undefined;
}

/** What is no JSON is its backend's to refuse. */
function tryParse(bytes: Uint8Array): unknown {
  try {
    return parseExactJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
