/** What differs between OCI runtimes. Everything else of a backend is the same code. */
export interface OciRuntimeProfile {
  /** For people: `runc`. */
  readonly name: string;
  /** The program, looked up on PATH; Debian's package has the same name. */
  readonly binary: string;
  /** The oldest version that this was ever tried with. */
  readonly oldest: string;
  /** Refuses to create a container while cgroup v2, beside mounted v1 controllers, has a controller of its own. */
  readonly refusesHybridCgroups: boolean;
  /** Has CRIU built in, or not, and tells in its `--version`; else it runs the program itself. */
  readonly buildsInCriu: boolean;
  /** Can restore a namespace empty: `--empty-ns`. */
  readonly restoresEmptyNamespaces: boolean;
  /** Masks folders by mounts from outside, which a restore finds only by the name that the images have for them. */
  readonly bindsOutsideFolders: boolean;
}
