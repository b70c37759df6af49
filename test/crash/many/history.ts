/** What the clients of one root did, and what came of it: each call as two lines of its client's file. */

export const commands = [
  'create',
  'start',
  'kill',
  'pause',
  'resume',
  'update',
  'exec',
  'exec-start',
  'exec-kill',
  'exec-delete',
  'delete',
  'state',
  'wait',
  'list',
] as const;

export type Command = (typeof commands)[number];

/** How far the log went, and when that was looked at: nanoseconds of the machine's monotonic clock, as text. */
export interface Look {
  readonly since: string;
  readonly until: string;
  readonly head: number;
}

export interface Begun {
  readonly call: number;
  readonly command: Command;
  readonly task: string;
  readonly exec: string;
  readonly before: Look;
}

/** Of a task, as `state` and `list` give it. */
export interface Seen {
  readonly task: string;
  readonly status: string;
  readonly pid: number;
}

export interface Ended {
  readonly call: number;
  readonly after: Look;
  /** Positions of what the call put into the log. */
  readonly receipts: readonly number[];
  /** The error's; empty for a success. */
  readonly code: string;
  readonly message: string;
  /** What `state` and `list` gave. */
  readonly seen: readonly Seen[];
  /** What `wait` and `delete` gave: the exit status. */
  readonly exit: number | null;
}

export type Call = Begun & Partial<Ended>;

/** A client that was killed has calls without an end, and perhaps half a line. */
export function readCalls(text: string): readonly Call[] {
  const calls = new Map<number, Call>();
  for (const line of text.split('\n').slice(0, -1)) {
    const said = JSON.parse(line) as Begun | Ended;
    calls.set(said.call, { ...(calls.get(said.call) as Call), ...said });
  }
  return [...calls.values()];
}
