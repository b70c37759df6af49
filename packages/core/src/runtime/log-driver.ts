/** Where output goes that is sent to a URI of a scheme which no runtime knows. */
import { InvalidArgumentError } from '../kernel/errors.js';
import type { Stdio } from '../task/events.js';

/** Whose output it is. */
export interface LoggedProcess {
  readonly namespace: string;
  readonly task: string;
  /** Empty for the task's first process. */
  readonly exec: string;
}

/**
 * Brings one or more schemes for `io.stdout` and `io.stderr`: `journald://`, `syslog://`. A task outlives whoever
 * created it (P7), and so must what takes its output: a driver does not carry bytes itself, it says which file, fifo or
 * program is to have them.
 */
export interface LogDriver {
  /** Without `://`. `file`, `fifo`, `binary` and `attach` are not for drivers. */
  readonly schemes: readonly string[];
  /**
   * @param uri as the user gave it
   * @returns what the runtime gets in its place: the path of a fifo, or a `file://` or `binary://` URI
   * @throws InvalidArgumentError if the URI makes no sense
   */
  resolve(uri: string, process: LoggedProcess): string | Promise<string>;
}

const scheme = /^([a-z][a-z0-9+.-]*):\/\//;
const destinations = new Set(['file', 'fifo', 'binary']);
const ofRuntimes = new Set([...destinations, 'attach']);

/** The stdio that the backend gets; the log keeps what was asked for. */
export async function resolveStdio(
  drivers: readonly LogDriver[],
  io: Partial<Stdio> | undefined,
  process: LoggedProcess,
): Promise<Partial<Stdio> | undefined> {
  if (!io || drivers.length === 0) return io;
  const resolve = async (uri: string | undefined) => {
    const name = scheme.exec(uri ?? '')?.[1];
    if (uri === undefined || name === undefined || ofRuntimes.has(name)) return uri;
    const driver = drivers.find(({ schemes }) => schemes.includes(name));
    return driver ? await checked(uri, driver.resolve(uri, process)) : uri;
  };
  const [stdout, stderr] = [await resolve(io.stdout), await resolve(io.stderr)];
  return { ...io, ...(stdout !== undefined && { stdout }), ...(stderr !== undefined && { stderr }) };
}

async function checked(uri: string, resolving: string | Promise<string>): Promise<string> {
  const resolved: unknown = await resolving;
  if (
    typeof resolved === 'string' &&
    (resolved.startsWith('/') || destinations.has(scheme.exec(resolved)?.[1] ?? ''))
  ) {
    return resolved;
  }
  throw new InvalidArgumentError(
    `the log driver for ${uri} gave no path and no file:// or binary:// URI: its plugin needs a repair`,
  );
}
