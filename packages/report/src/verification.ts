/** What was checked of a log, what came of it, and what was not: the report puts it on top, in these words. */
import {
  type BrokenFile,
  type FindingKind,
  formatNote,
  type LogVerification,
  type SignedCheckpoint,
} from '@shiplog/core';

export interface Check {
  /** What was checked, as a sentence that is true where it held. */
  readonly claim: string;
  readonly held: boolean;
}

export interface Finding {
  readonly text: string;
  /** Where it lies in the log. */
  readonly position?: number;
}

/** Verified means: each check held, and nothing was found. */
export interface VerificationReport {
  readonly verified: boolean;
  /** The last position that was looked at. */
  readonly head: number;
  /** Of the log's Merkle tree at `head`, in lower-case hexadecimal digits. */
  readonly rootHash?: string;
  /** A signed note (C2SP tlog-checkpoint) that the log was held against, as it is. */
  readonly checkpoint?: string;
  readonly checks: readonly Check[];
  /** The first ones of `found`. */
  readonly findings: readonly Finding[];
  readonly found: number;
  /** Worth knowing, and no fault. */
  readonly notices: readonly string[];
  /** What nobody looked at, as sentences. */
  readonly unchecked: readonly string[];
}

/** What a verification proves, and what it leaves open. @param against the checkpoint that was kept elsewhere, if there was one */
export function verificationOf(
  verification: LogVerification | BrokenFile,
  against?: SignedCheckpoint,
): VerificationReport {
  const { verified, findings, found, notices } = verification;
  const broken = new Set(findings.map(({ kind }) => kind));
  const holds = (claim: string, ...kinds: readonly FindingKind[]): Check => {
    return { claim, held: !kinds.some((kind) => broken.has(kind)) };
  };
  const common = {
    verified,
    findings: findings.map(({ message, position }) => {
      return { text: sentence(message), ...(position !== undefined && { position }) };
    }),
    found,
    notices: notices.map(sentence),
    ...(against && { checkpoint: formatNote(against.note) }),
  };
  if (!('root' in verification)) {
    return {
      ...common,
      head: 0,
      checks: [holds('The file of the log hangs together, so that it can be read.', 'file')],
      unchecked: ['Everything else: nothing in the file can be relied on.'],
    };
  }
  const { size, root, streams, blobs, checkpoints, archived } = verification;
  // Where a finding tells of the archives, the claim does not hold; where they were not at hand, nothing is claimed.
  const isArchiveChecked = archived !== undefined && (archived.complete || broken.has('archive'));
  const seen = archived && !archived.complete ? size - archived.position : size;
  return {
    ...common,
    head: size,
    rootHash: root,
    checks: [
      holds(
        `Each of the ${plural(seen, 'record')} is there, can be read and understood, and is in its place.`,
        ...(['missing', 'damaged', 'unknown', 'reordered', 'index', 'added'] as const),
      ),
      holds(
        'Each is, byte for byte, the one that was appended: its hash is in the log’s Merkle tree, and the tree fits together.',
        ...(['changed', 'unproved', 'tree'] as const),
      ),
      holds(
        `Each of the ${plural(blobs, 'payload')} that records refer to is there and unchanged, or was destroyed on purpose, by a record that says so.`,
        'blob',
      ),
      ...(isArchiveChecked
        ? [
            holds(
              `The ${plural(archived.position, 'record')} that were archived are what left the log, and what was carried on is what they say.`,
              'archive',
            ),
          ]
        : []),
      holds(`The stored states, of ${plural(streams, 'stream')}, are what the events add up to.`, 'state'),
      ...(checkpoints > 0 || against
        ? [
            holds(
              `The log is what ${checkpointsText(checkpoints, against)} made of, and the signature is that of a known key.`,
              ...(['checkpoint', 'signature', 'origin', 'truncated', 'rewritten'] as const),
            ),
          ]
        : []),
    ],
    unchecked: [
      ...(archived && !isArchiveChecked
        ? [`What was archived, up to position ${archived.position}: its files were not at hand.`]
        : []),
      uncheckedText(size, against),
    ],
  };
}

function checkpointsText(count: number, against: SignedCheckpoint | undefined): string {
  const own =
    count === 0 ? [] : [count === 1 ? 'the checkpoint in it' : `each of the ${plural(count, 'checkpoint')} in it`];
  const kept = against ? [`the one that was kept elsewhere, of ${plural(against.size, 'record')},`] : [];
  return `${[...own, ...kept].join(' and ')} ${own.length + kept.length > 1 ? 'were' : 'was'}`;
}

function uncheckedText(size: number, against: SignedCheckpoint | undefined): string {
  if (!against) {
    return 'Whether somebody who may write to the log has written it anew, tree, signatures and all: that takes a checkpoint which was kept elsewhere (--against).';
  }
  if (against.size >= size) return 'What happens to the log from now on: keep a checkpoint of it elsewhere.';
  return `Whether somebody who may write to the log has written anew what came after the checkpoint, from position ${against.size + 1} on.`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
