/** What the shell gets. `run`, `exec` and `wait` end with the container's own code where there is one. */
export const exitCodes = {
  ok: 0,
  /** Of a doctor: something is not as it should be. */
  unhealthy: 1,
  /** Shiplog's own errors, a wrong command line among them. As docker and podman. */
  failed: 125,
  /** The program in the container may not run. */
  notExecutable: 126,
  /** There is no such program in the container. */
  noSuchProgram: 127,
} as const;

/** As shells say it: ended by a signal. */
export function exitCodeOfSignal(signal: number): number {
  return 128 + signal;
}
