/**
 * Of the host: `program`, `cgroups`, `users`, `checkpoints`, `folder`, `disk`, `log`, `clock`, `plugin`, `runtime`. In the
 * root: `process-gone`, `monitor-gone`, `bundle-gone`, `open-request`, `mount-leaked`, `mount-missing`, `left-behind`,
 * `left-running`, `stranger`. docs/cli.md says what each is.
 */
export const healthKinds = [
  'program',
  'cgroups',
  'users',
  'checkpoints',
  'folder',
  'disk',
  'log',
  'clock',
  'plugin',
  'runtime',
  'process-gone',
  'monitor-gone',
  'bundle-gone',
  'open-request',
  'mount-leaked',
  'mount-missing',
  'left-behind',
  'left-running',
  'stranger',
] as const;

export type HealthKind = (typeof healthKinds)[number];

/** Something that is not as it should be. */
export interface HealthFinding {
  readonly kind: HealthKind;
  /** A `notice` is worth knowing, and leaves the root healthy. */
  readonly severity: 'fault' | 'notice';
  /** What is wrong, and how that is known. */
  readonly reason: string;
  /** What of the host or of the task it is about, where `reason` has figures that may change from one look to the next. */
  readonly about?: string;
  /** What to do about it. */
  readonly remedy: string;
  /** Whether recovery mends it: the next opening, or `recover` with `thorough`. */
  readonly mendable: boolean;
  /** The task that it is about; absent for what is about the host. */
  readonly namespace?: string;
  readonly task?: string;
}
