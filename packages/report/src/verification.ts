/** What was checked of a log, what came of it, and what was not: the report puts it on top, in these words. */
import type { Verification } from '@shiplog/core';

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
  /** A signed note (C2SP tlog-checkpoint), as it is. */
  readonly checkpoint?: string;
  readonly checks: readonly Check[];
  readonly findings: readonly Finding[];
  /** What nobody looked at, as sentences. */
  readonly unchecked: readonly string[];
}

/** What a replay proves, and what it leaves open. @param task the one that was looked at; all where it is absent */
export function verificationOfReplay(
  verification: Verification,
  task?: { readonly namespace: string; readonly task: string },
): VerificationReport {
  const { position, records, streams, differences, damage } = verification;
  const whose = task ? `task ${task.task} in namespace ${task.namespace}` : `${plural(streams, 'task')}`;
  const readable = `Each of the ${plural(records + damage.length, 'record')} of ${task ? whose : 'the log'}, up to position ${position}, is there, can be read, and is in its place.`;
  const same = task
    ? `The stored state of ${whose} is, byte for byte, what its events add up to.`
    : `The stored state of each of ${whose} is, byte for byte, what its events add up to.`;
  const findings: readonly Finding[] = [
    ...damage.map(({ position: at, reason }) => ({ position: at, text: `The record cannot be read: ${reason}.` })),
    ...differences.map(({ namespace, task: id, stored, replayed }) => ({
      text: `The stored state of ${namespace}/${id} is not what its events say. Stored: ${stored ?? 'nothing'}. Replayed: ${replayed ?? 'nothing'}.`,
    })),
  ];
  return {
    verified: findings.length === 0,
    head: position,
    checks: [
      { claim: readable, held: damage.length === 0 },
      { claim: same, held: differences.length === 0 },
    ],
    findings,
    unchecked: [
      'Whether somebody who may write to the log has written it anew, states and all: that takes a checkpoint which was kept elsewhere.',
    ],
  };
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
