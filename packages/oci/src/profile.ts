/** What differs between OCI runtimes. Everything else of a backend is the same code. */
export interface OciRuntimeProfile {
  /** For people: `runc`. */
  readonly name: string;
  /** The program, looked up on PATH; Debian's package has the same name. */
  readonly binary: string;
  /** Refuses to create a container while cgroup v2, beside mounted v1 controllers, has a controller of its own. */
  readonly refusesHybridCgroups: boolean;
}
