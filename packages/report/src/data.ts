/** What is embedded in the page: columns of small integers over tables of text, which compress well and parse fast. */
import type { VerificationReport } from './verification.js';

export const dataVersion = 1;

export const statuses = ['creating', 'created', 'running', 'pausing', 'paused', 'stopped'] as const;
export type BarStatus = (typeof statuses)[number];

/** What the report is about, as it was asked for; nothing of it means the whole log. */
export interface Scope {
  readonly namespace?: string;
  readonly task?: string;
  /** Positions, both included. */
  readonly from?: number;
  readonly to?: number;
  /** RFC 3339. */
  readonly since?: string;
  readonly until?: string;
}

export interface ReportHead {
  /** Names the log. */
  readonly origin: string;
  /** RFC 3339: when the report was made. */
  readonly generatedAt: string;
  readonly generator: string;
  readonly scope: Scope;
  readonly verification: VerificationReport;
}

/** Of a task or of an exec, in a stream: milliseconds since 1970, fractions kept; `until` is null where it goes on. */
export type Bar = readonly [status: number, since: number, until: number | null];
export type ExecBar = readonly [execId: string, since: number, until: number | null];

export interface StreamData {
  readonly namespace: string;
  readonly task: string;
  readonly bars: readonly Bar[];
  readonly execs: readonly ExecBar[];
}

export interface ActorData {
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
  readonly loginUid: number | null;
  readonly command: string;
  /** Why, in the words of the application; empty for nothing. */
  readonly ticket: string;
}

/** One entry for each event in each column. */
export interface EventColumns {
  /** Each is the difference to the one before it. */
  readonly position: readonly number[];
  /** Whole milliseconds; each is the difference to the one before it. */
  readonly millis: readonly number[];
  /** The nanoseconds beyond them. */
  readonly nanos: readonly number[];
  readonly stream: readonly number[];
  readonly version: readonly number[];
  readonly type: readonly number[];
  readonly kind: readonly number[];
  readonly actor: readonly number[];
  readonly pid: readonly number[];
  readonly request: readonly number[];
  readonly runtime: readonly number[];
  readonly summary: readonly number[];
  /** JSON of the payload, without the task's ID and the request's. */
  readonly payload: readonly string[];
}

export interface ReportData {
  readonly v: typeof dataVersion;
  readonly head: ReportHead;
  /** Of the timeline, in milliseconds since 1970; equal where there is no event. */
  readonly span: readonly [from: number, to: number];
  readonly streams: readonly StreamData[];
  readonly types: readonly string[];
  readonly actors: readonly ActorData[];
  readonly requests: readonly string[];
  /** Of each request, as a shell would read it; empty where it is not known. Its secrets are masked. */
  readonly commandLines: readonly string[];
  readonly runtimes: readonly string[];
  readonly summaries: readonly string[];
  readonly events: EventColumns;
}
