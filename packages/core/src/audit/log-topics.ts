/** Events on the log as a whole: its records archived, and copies taken of it. They are the system's, of no task. */
import type { Actor, NewRecord, Position } from '../event-log/event-log.js';
import type { Timestamp } from '../kernel/clock.js';
import type { ProcessIdentity } from '../kernel/process-identity.js';
import { systemRecord } from '../runtime/system-record.js';
import type { FailureCause } from '../task/events.js';

export interface LogEventPayloads {
  '/audit/archived': {
    readonly requestId: string;
    readonly first: number;
    readonly last: number;
    readonly folder: string;
    readonly file: string;
    readonly bytes: number;
    readonly sha256: string;
    readonly payloadFile: string;
    /** What made of these records what is carried on of them: `NAME VERSION`, in the order of names. */
    readonly folds: readonly string[];
  };
  '/audit/backup-requested': {
    readonly requestId: string;
    readonly owner: ProcessIdentity;
    readonly folder: string;
    /** Whether the key that signs checkpoints is in it. */
    readonly withKey: boolean;
  };
  '/audit/backed-up': { readonly requestId: string; readonly folder: string; readonly size: number };
  '/audit/backup-failed': { readonly requestId: string } & FailureCause;
}

export type LogTopic = keyof LogEventPayloads;
export type LogEvent = { readonly [T in LogTopic]: { readonly type: T } & LogEventPayloads[T] }[LogTopic];

export const logTopics = [
  '/audit/archived',
  '/audit/backup-requested',
  '/audit/backed-up',
  '/audit/backup-failed',
] as const satisfies readonly LogTopic[];

/** Of the shape that each is written in. */
export const logEventVersions = {
  '/audit/archived': 2,
  '/audit/backup-requested': 1,
  '/audit/backed-up': 1,
  '/audit/backup-failed': 1,
} as const satisfies Readonly<Record<LogTopic, number>>;

/** @param causation the position of the request that it comes of */
export function logRecord(
  { type, ...event }: LogEvent,
  actor: Actor,
  time: Timestamp,
  causation: Position = 0,
): NewRecord {
  return systemRecord({ type, schema: logEventVersions[type], event }, actor, time, causation);
}
