/**
 * Checks a log from its first byte to its last: records against the tree, the tree against itself, the index of streams, what
 * records refer to, the states of tasks, and the checkpoints against all of it.
 */
import type { EventLog, Position, StoredLog, StreamId } from '../event-log/event-log.js';
import { errorMessageOf } from '../kernel/errors.js';
import type { Sha256 } from '../kernel/identifiers.js';
import { sha256Of } from '../kernel/typed-any.js';
import type { TreeNode } from '../merkle/grow.js';
import { TreeBuilder } from '../merkle/tree-builder.js';
import { StateCheck } from '../projections/state-check.js';
import { statesAtBase, taskProjectionName } from '../projections/task-projection.js';
import { ArchiveCheck } from './archive-check.js';
import { type Checkpoint, logNameOf, parseCheckpoint, type SignedCheckpoint } from './checkpoint-text.js';
import { tryParseKey } from './checkpoints.js';
import { type Finding, Findings } from './finding.js';
import { signersOf, type VerifierKey } from './note-key.js';
import { type Shred, type Walked, walkRecords } from './record-walk.js';
import { checkStates } from './state-findings.js';
import { streamKey } from './stream-places.js';

export interface VerifyOptions {
  /** A checkpoint that was kept elsewhere: shows what the log itself cannot. */
  readonly against?: SignedCheckpoint;
  /** Whose signature counts; those that the log itself names when absent. */
  readonly key?: VerifierKey;
  /** Where archived records are; the folders that they were written to when absent, or a folder `archives` beside the log's. */
  readonly archives?: string;
}

/** Of the records that were moved away. */
export interface ArchiveVerification {
  /** The last one of them. */
  readonly position: Position;
  /** Whether all of them were looked at. */
  readonly complete: boolean;
}

export interface LogVerification {
  /** Of the log, in its checkpoints. */
  readonly name: string;
  /** Undefined where none were. */
  readonly archived: ArchiveVerification | undefined;
  /** Those that were looked at. */
  readonly records: number;
  /** Of the tree that the records make: what a checkpoint of the log says now. */
  readonly size: number;
  readonly root: Sha256;
  readonly streams: number;
  readonly blobs: number;
  readonly checkpoints: number;
  /** Nothing was found: the log is what its tree says, and its tree what its checkpoints say. */
  readonly verified: boolean;
  readonly findings: readonly Finding[];
  /** How many there are; the first 1000 are told. */
  readonly found: number;
  /** Worth knowing, and no fault: the clock was set back. */
  readonly notices: readonly string[];
}

/** Total: whatever is stored, the answer says what is wrong with it. */
export function verifyLog(
  log: EventLog,
  { against, key, archives: folder }: VerifyOptions = {},
  beside?: string,
): LogVerification {
  const stored = log.stored();
  const name = logNameOf(stored.origin);
  const findings = new Findings();
  const notices: string[] = [];
  const keys = key ? [key] : stored.keys().flatMap(tryParseKey);
  const checkpoints = readCheckpoints(stored, name, keys, findings);
  if (against) checkSource(against, name, keys, findings);
  const archive = new ArchiveCheck(stored, { folder, beside }, findings, notices);
  const states = new StateCheck(stored.projected(taskProjectionName), stored);
  if (!archive.complete) for (const [task, state] of statesAtBase(stored.base)) states.begin(task, state);
  const tree = new TreeBuilder();
  const nodes = new NodeCheck(stored.nodes(), findings);
  const claims = claimsBySize(against ? [...checkpoints, against] : checkpoints);
  const check = () => checkClaims(claims.get(tree.size), tree, against, findings);
  check();
  const walked = walkRecords(stored, archive, findings, notices, {
    leaf(hash) {
      tree.add(hash, (node) => nodes.take(node));
      if (claims.has(tree.size)) check();
    },
    record(record, whole) {
      archive.take(record, whole);
      states.take(record);
    },
  });
  archive.finish(notices);
  nodes.end();
  for (const [size, ones] of claims) {
    if (size > tree.size) for (const one of ones) tooLong(one, tree.size, one === against, findings);
  }
  const unsure = checkStreams(stored, archive, walked, findings);
  const blobs = checkBlobs(stored, archive, walked, findings);
  checkStates(states, stored, { size: walked.size, unsure }, findings, notices);
  return {
    name,
    archived: archive.end > 0 ? { position: archive.end, complete: archive.complete } : undefined,
    records: walked.records,
    size: tree.size,
    root: tree.root(),
    streams: walked.streams.size,
    blobs,
    checkpoints: checkpoints.length,
    verified: findings.count === 0,
    findings: findings.told,
    found: findings.count,
    notices,
  };
}

function readCheckpoints(
  stored: StoredLog,
  name: string,
  keys: readonly VerifierKey[],
  findings: Findings,
): SignedCheckpoint[] {
  const read: SignedCheckpoint[] = [];
  for (const { size, note } of stored.checkpoints()) {
    try {
      const checkpoint = parseCheckpoint(note);
      checkSource(checkpoint, name, keys, findings);
      if (checkpoint.size !== size)
        findings.add('checkpoint', `the checkpoint of ${size} says that it is of ${checkpoint.size}`);
      read.push(checkpoint);
    } catch (error) {
      findings.add('checkpoint', `the checkpoint of ${size} cannot be read: ${errorMessageOf(error)}`);
    }
  }
  return read;
}

function checkSource(
  { name: of, size, note }: SignedCheckpoint,
  name: string,
  keys: readonly VerifierKey[],
  findings: Findings,
): void {
  if (of !== name) findings.add('origin', `the checkpoint of ${size} is of ${of}, and this log is ${name}`);
  else if (signersOf(note, keys).length === 0) {
    const whose = keys.map(({ name: owner, id }) => `${owner}+${id}`).join(', ') || 'nobody, as no key is known';
    findings.add('signature', `the checkpoint of ${size} is not signed by ${whose}`);
  }
}

function claimsBySize(claims: readonly SignedCheckpoint[]): ReadonlyMap<number, readonly SignedCheckpoint[]> {
  return Map.groupBy(claims, ({ size }) => size);
}

function checkClaims(
  claims: readonly Checkpoint[] | undefined,
  tree: TreeBuilder,
  against: Checkpoint | undefined,
  findings: Findings,
): void {
  if (!claims) return;
  const root = tree.root();
  for (const claim of claims) {
    if (claim.root === root) continue;
    const message = `the first ${claim.size} records are not those that the checkpoint of ${claim.size} was made of`;
    findings.add(claim === against ? 'rewritten' : 'checkpoint', message);
  }
}

function tooLong({ size }: Checkpoint, actual: number, kept: boolean, findings: Findings): void {
  const whose = kept ? 'the checkpoint that was kept' : 'a checkpoint';
  findings.add('truncated', `the log has ${actual} records, and ${whose} was made of ${size}: those behind are gone`);
}

/** The stored nodes against those that the records make. */
class NodeCheck {
  readonly #stored = new Map<string, Sha256>();
  readonly #findings: Findings;

  constructor(nodes: Iterable<TreeNode>, findings: Findings) {
    this.#findings = findings;
    for (const { level, index, hash } of nodes) this.#stored.set(`${level}/${index}`, hash);
  }

  take({ level, index, hash }: TreeNode): void {
    const key = `${level}/${index}`;
    const stored = this.#stored.get(key);
    this.#stored.delete(key);
    if (stored === hash) return;
    const what = stored === undefined ? 'is not there' : 'is not the root of the records below it';
    this.#findings.add('tree', `node ${index} of level ${level} ${what}`);
  }

  end(): void {
    for (const key of this.#stored.keys()) this.#findings.add('added', `the tree has a node too many: level ${key}`);
  }
}

/** Returns the streams that have an unread record, as far as the index knows: by their keys. */
function checkStreams(
  stored: StoredLog,
  { end, complete }: ArchiveCheck,
  { streams, unread }: Walked,
  findings: Findings,
): ReadonlySet<string> {
  // Of what was archived, the last place of each stream stays.
  const begins = new Map<string, number>();
  const indexed = new Map<string, number>();
  const unsure = new Set<string>();
  let last: StreamId | undefined;
  let key = '';
  let positions: readonly Position[] = [];
  let count = 0;
  const begin = (stream: StreamId): void => {
    last = stream;
    key = streamKey(stream);
    positions = streams.get(key) ?? [];
    count = indexed.get(key) ?? 0;
  };
  for (const { stream, version, position } of stored.streams()) {
    if (stream !== last) begin(stream);
    const expected = positions[version - 1] ?? 0;
    const isUnread = expected === 0 && unread.has(position);
    if (isUnread) unsure.add(key);
    const isLast = position <= end && !begins.has(key) && (!complete || expected === position);
    if (isLast) begins.set(key, version);
    else if (expected === position || isUnread) {
      count += 1;
      indexed.set(key, count);
    } else {
      const number = `number ${version} of ${stream.namespace}/${stream.task}`;
      if (expected <= 0) findings.add('added', `the index has a ${number} that no record is`);
      else findings.add('index', `${number} is record ${expected}, and the index says ${position}`, expected);
    }
  }
  for (const [key, positions] of streams) {
    const count = indexed.get(key) ?? 0;
    const wanted = positions.length - (begins.get(key) ?? 0);
    if (count >= wanted) continue;
    findings.add('index', `the index has ${count} of the ${wanted} records of ${key.replace('\0', '/')}`);
  }
  return unsure;
}

function checkBlobs(
  stored: StoredLog,
  archive: ArchiveCheck,
  { blobs: wanted, shreds }: Walked,
  findings: Findings,
): number {
  const there = new Set(archive.payloads((sha256) => shreds.get(sha256)?.done === false));
  for (const [sha256, bytes] of stored.blobs()) {
    there.add(sha256);
    if (sha256Of(bytes) === sha256) continue;
    const asked = shreds.get(sha256);
    const why =
      asked && !asked.done
        ? `a shredding of it, asked for by record ${asked.position}, was cut short: ask for it again`
        : 'it was changed';
    findings.add('blob', `what stands under ${sha256} has another hash: ${why}`, wanted.get(sha256));
  }
  for (const [sha256, position] of wanted) {
    if (there.has(sha256) || isShredded(shreds.get(sha256), position)) continue;
    findings.add('blob', `record ${position} refers to ${sha256}, which is not there`, position);
  }
  return there.size;
}

/** Whoever refers to a payload stores it; so what was shredded before that is there again. */
function isShredded(shred: Shred | undefined, referred: Position): boolean {
  return shred?.done === true && shred.position > referred;
}
