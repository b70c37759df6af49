/**
 * What archiving leaves that is cut short: files that the log does not name, out of the reach of shredding. So before any is
 * written, a file in the root says which, and where, and whose they are; it goes when the log names them, or they are gone. In a
 * copy of the log there is none: files of another copy, in the same folder, are never taken for one's own.
 *
 * What a process has left that was killed is removed where that loses nothing. A log that was put back from an older copy may
 * not know records of its own that stand in a file; so each is looked into, and looked at again as long as it stays.
 */
import { existsSync, readFileSync } from 'node:fs';
import { open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventLog, Position } from '../event-log/event-log.js';
import { tryJson } from '../event-log/lmdb-archive-codec.js';
import { hashesInPayloads } from '../event-log/payload-file.js';
import { PayloadShreddedError } from '../event-log/shredding.js';
import { draftName, isLeftDraft } from '../kernel/draft-name.js';
import { UnavailableError } from '../kernel/errors.js';
import type { Sha256 } from '../kernel/identifiers.js';
import { isSameNamespace, mayHaveProcesses, ownPidNamespace, type PidNamespace } from '../kernel/pid-namespace.js';
import { storageCodeOf, storageProblem, syncPath } from '../kernel/storage.js';
import { sha256Of } from '../kernel/typed-any.js';
import { leafHashOfText } from '../merkle/hash.js';
import { tileWidth } from '../merkle/tree.js';
import { draftOf } from './archive-folder.js';
import { decodeSegment, isPayloadFile, rangeIn } from './segment-file.js';

const prefix = '.archiving.';

interface Intended {
  readonly folder: string;
  readonly files: readonly string[];
}

/** As it stands in the root. */
interface Noted extends Intended {
  /** That of the pid in its name. */
  readonly namespace: PidNamespace;
}

/** Files that are about to be written. What the log does not name of them in the end is removed. */
export class Intent implements AsyncDisposable {
  readonly #log: EventLog;
  readonly #root: string;
  readonly #name: string;
  readonly #intended: Intended;
  #isOpen = false;

  /** It is on disk when this resolves. @throws UnavailableError */
  static async of(log: EventLog, root: string, intended: Intended): Promise<Intent> {
    const name = draftName(prefix);
    const noted: Noted = { ...intended, namespace: ownPidNamespace() };
    try {
      await using file = await open(join(root, name), 'wx', 0o600);
      await file.writeFile(JSON.stringify(noted));
      await file.sync();
      syncPath(root);
    } catch (cause) {
      throw new UnavailableError(`cannot write to ${root}: ${storageProblem(cause, 'root')}`, { cause });
    }
    return new Intent(log, root, name, intended);
  }

  private constructor(log: EventLog, root: string, name: string, intended: Intended) {
    this.#log = log;
    this.#root = root;
    this.#name = name;
    this.#intended = intended;
  }

  /** Whether the log names them is not known: who opens the root when this process is gone finds out. */
  leaveOpen(): void {
    this.#isOpen = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // All that is in them was taken from this log.
    if (!this.#isOpen) await trySettle(this.#log, this.#root, this.#name, this.#intended, () => true);
  }
}

/** Removes what processes have left that are gone. */
export async function removeLeftFiles(log: EventLog, root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.startsWith(prefix)) continue;
    const noted = await readNoted(join(root, name));
    if (!noted || !isLeft(name, noted)) continue;
    await trySettle(log, root, name, noted, (path, file) => isKnown(log, path, file));
  }
}

/** Undefined of one that is gone. One that makes no sense names no files: nothing was written before the whole of it was on disk. */
async function readNoted(path: string): Promise<Noted | undefined> {
  try {
    const noted = tryJson(await readFile(path, 'utf8'));
    return isNoted(noted) ? noted : { folder: '/', files: [], namespace: ownPidNamespace() };
  } catch (error) {
    if (storageCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isNoted(value: { readonly [member in keyof Noted]?: unknown }): value is Noted {
  const { folder, files, namespace } = value;
  const areFiles = Array.isArray(files) && files.every((file) => typeof file === 'string');
  return typeof folder === 'string' && areFiles && typeof namespace === 'object' && namespace !== null;
}

function isLeft(name: string, { namespace }: Noted): boolean {
  const own = ownPidNamespace();
  return isSameNamespace(namespace, own) ? isLeftDraft(name, prefix) : !mayHaveProcesses(namespace, own);
}

/** Whether a file is in the log, too. */
type IsKnown = (path: string, file: string) => boolean;

/** What cannot be removed now is left to the next time: it is in nobody's way, and verification tells of it. */
async function trySettle(...settling: Parameters<typeof settle>): Promise<void> {
  await settle(...settling).catch(() => undefined);
}

async function settle(
  log: EventLog,
  root: string,
  name: string,
  { folder, files }: Intended,
  known: IsKnown,
): Promise<void> {
  // It may be on a disk that is not mounted now.
  if (!existsSync(folder)) return;
  const named = new Set(log.base.segments().flatMap(({ file, payloadFile }) => [file, payloadFile]));
  let stays = false;
  for (const file of files) {
    const path = join(folder, file);
    await rm(join(folder, draftOf(file)), { force: true });
    if (named.has(file)) continue;
    if (known(path, file)) await rm(path, { force: true });
    else stays = true;
  }
  if (!stays) await rm(join(root, name), { force: true });
}

function isKnown(log: EventLog, path: string, file: string): boolean {
  const range = rangeIn(file, log.origin);
  const bytes = readIfThere(path);
  if (!bytes) return true;
  if (!range) return false;
  return isPayloadFile(file) ? hasPayloads(log, bytes) : hasRecords(log, range, bytes);
}

/** Somebody else may settle the same. */
function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (storageCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function hasRecords(log: EventLog, { first, last }: { first: Position; last: Position }, bytes: Uint8Array): boolean {
  const whole = { first, last, bytes: bytes.length, sha256: sha256Of(bytes), file: '', folder: '', payloadFile: '' };
  const { texts, fault } = decodeSegment(bytes, whole, log.origin);
  return fault === undefined && last <= log.head() && firstUnproved(log, first, texts ?? []) === undefined;
}

function hasPayloads(log: EventLog, bytes: Uint8Array): boolean {
  return hashesInPayloads(bytes)?.every((sha256) => isKnownPayload(log, sha256)) ?? false;
}

function isKnownPayload(log: EventLog, sha256: Sha256): boolean {
  try {
    log.blob(sha256);
    return true;
  } catch (error) {
    return error instanceof PayloadShreddedError;
  }
}

/** The first position whose text is not what the tree has. */
export function firstUnproved(log: EventLog, first: Position, texts: readonly string[]): Position | undefined {
  for (let index = first - 1; index < first - 1 + texts.length; ) {
    const count = Math.min(tileWidth - (index % tileWidth), first - 1 + texts.length - index);
    for (const leaf of log.tree.hashes(0, index, count)) {
      if (leafHashOfText(texts[index - first + 1] ?? '') !== leaf) return index + 1;
      index += 1;
    }
  }
  return undefined;
}
