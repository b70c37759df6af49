/**
 * What runtimes and conmon print and write, as values. Every parser is pure and total: rubbish gives a clear error, or
 * `undefined` where its absence is an answer.
 */
import { ShiplogError } from '@shiplog/core';

/** The statuses of the OCI runtime specification, and `paused`, which every runtime has. */
export type OciStatus = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

export interface OciState {
  readonly status: OciStatus;
  /** 0 when it has ended. */
  readonly pid: number;
}

const statuses: readonly string[] = ['creating', 'created', 'running', 'paused', 'stopped'];

/** What `RUNTIME state ID` printed. */
export function parseState(text: string): OciState {
  const value = parseJson(text);
  const { status, pid } = isObject(value) ? value : {};
  if (typeof status !== 'string' || !statuses.includes(status)) throw unexpected('the state of a container', text);
  return { status: status as OciStatus, pid: isPid(pid) ? pid : 0 };
}

/** What `RUNTIME ps --format json ID` printed: pids of the host. runc prints `null` when there is none. */
export function parsePids(text: string): readonly number[] {
  const value = parseJson(text);
  if (value === null && text.trim() === 'null') return [];
  if (!Array.isArray(value) || !value.every(isPid)) throw unexpected('a list of pids', text);
  return value;
}

/** A line from conmon's sync pipe: the process's pid, or why there is none. */
export type SyncMessage = { readonly pid: number } | { readonly failure: string };

export function parseSyncMessage(line: string): SyncMessage {
  const value = parseJson(line);
  // conmon's escaping has gaps (0x1f, text that is no UTF-8), so what is no JSON is still read as far as it goes.
  const data = isObject(value) ? value.data : Number(/^\{"data": (-?\d+)/.exec(line)?.[1]);
  if (isPid(data)) return { pid: data };
  if (typeof data !== 'number' || Number.isNaN(data)) throw unexpected('a message of conmon', line);
  const message = isObject(value) ? value.message : /"message": "(.*)"\}$/s.exec(line)?.[1];
  return { failure: typeof message === 'string' ? message : '' };
}

/** The exit status in a file that conmon wrote; undefined where conmon did not know it (it writes -1) or for rubbish. */
export function parseExitStatus(text: string): number | undefined {
  if (!/^\d{1,3}$/.test(text.trim())) return undefined;
  const status = Number(text);
  return status <= 255 ? status : undefined;
}

/** A pid file's pid. */
export function parsePid(text: string): number | undefined {
  const pid = /^\d+$/.test(text.trim()) ? Number(text) : 0;
  return isPid(pid) ? pid : undefined;
}

/**
 * A runtime's own last word: the message of the last error in its JSON log, else its last line, with logrus's
 * frame taken off. Empty if it said nothing.
 */
export function lastErrorLine(log: string): string {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  for (const text of entriesOf(lines).toReversed()) {
    const entry = parseJson(text);
    if (!isObject(entry) || typeof entry.msg !== 'string') continue;
    if (entry.level === 'error' || entry.level === 'fatal') return entry.msg;
  }
  return withoutFrame(lines.at(-1)?.trim() ?? '').slice(0, maxWords);
}

/** A runtime's line is shorter than this; what is not a runtime may print whatever it likes. */
const maxWords = 1000;
/** An entry is a line; a newer crun takes several for it, from a lone brace to a lone brace. */
function entriesOf(lines: readonly string[]): readonly string[] {
  const entries: string[] = [];
  let open: string[] | undefined;
  for (const line of lines) {
    if (line === '{') open = [];
    if (!open) {
      entries.push(line);
      continue;
    }
    open.push(line);
    if (line !== '}') continue;
    entries.push(open.join('\n'));
    open = undefined;
  }
  return entries;
}

function withoutFrame(line: string): string {
  const quoted = /\bmsg=("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
  const message = quoted === undefined ? undefined : parseJson(quoted);
  return typeof message === 'string' ? message : line;
}

/** undefined for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPid(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function unexpected(what: string, text: string): ShiplogError {
  const shown = text.length > 200 ? `${text.slice(0, 200)}...` : text;
  return new ShiplogError(
    'unknown',
    `expected ${what}, got ${JSON.stringify(shown)}: see that the program is the one that it should be`,
  );
}
