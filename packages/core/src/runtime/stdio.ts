import type { Stdio } from '../task/events.js';

/** Empty, where the caller says nothing: the output goes to the task's log file, and there is no stdin. */
export function stdioOf(io: Partial<Stdio> = {}): Stdio {
  return {
    stdin: io.stdin ?? '',
    stdout: io.stdout ?? '',
    stderr: io.stderr ?? '',
    terminal: io.terminal ?? false,
  };
}
