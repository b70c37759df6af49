/** What a backend finds amiss with the host, for a doctor: programs are started for it. */
import { errorMessageOf, type HealthFinding } from '@shiplog/core';
import type { Backend } from './backend.js';
import { hasHybridControllers } from './cgroup.js';
import { isRoot, rootlessNotes } from './rootless.js';
import { runCommand } from './run.js';

/** The oldest conmon that this was ever tried with. */
const oldestConmon = '2.1.6';

/** Milliseconds. A program of the host that hangs is none to wait for. */
const patience = 5_000;

type Found = Pick<HealthFinding, 'kind' | 'reason' | 'remedy'>;

export interface Programs {
  readonly runtime: string;
  readonly oldest: string;
  /** Whether the runtime refuses hybrid cgroups. */
  readonly refusesHybridCgroups: boolean;
}

export async function checkHost(backend: Backend, programs: Programs): Promise<readonly HealthFinding[]> {
  const { binary, conmon, systemdCgroup, criu } = backend;
  const versions = await Promise.all([
    checkVersion(binary, programs.runtime, programs.oldest),
    checkVersion(conmon, 'conmon', oldestConmon),
  ]);
  const notices: Found[] = [];
  if (programs.refusesHybridCgroups && hasHybridControllers()) {
    const reason = `this host's cgroups are hybrid, which ${programs.runtime} refuses: it is shown them without`;
    notices.push({ kind: 'cgroups', reason, remedy: 'nothing; systemd.unified_cgroup_hierarchy=1 would make them v2' });
  }
  const rootless = isRoot() ? [] : rootlessNotes(systemdCgroup);
  for (const reason of rootless) notices.push({ kind: 'users', reason, remedy: 'run as root, if you need that' });
  await criu.assertWorks(binary).catch((error: unknown) => {
    notices.push({ kind: 'checkpoints', reason: errorMessageOf(error), remedy: 'nothing, if you need no checkpoints' });
  });
  return [
    ...versions.flat().map((found): HealthFinding => ({ ...found, severity: 'fault', mendable: false })),
    ...notices.map((found): HealthFinding => ({ ...found, severity: 'notice', mendable: false })),
  ];
}

async function checkVersion(file: string, name: string, oldest: string): Promise<readonly Found[]> {
  const remedy = `install a newer one: apt-get install ${name}`;
  const { stdout, exitCode } = await runCommand({ file, args: ['--version'] }, { stdout: 'pipe', limit: patience });
  const version = versionIn(stdout);
  if (exitCode !== 0 || version === undefined) {
    return [{ kind: 'program', reason: `${file} does not say its version: is it ${name}?`, remedy }];
  }
  if (!isOlder(version, oldest)) return [];
  const reason = `${file} is version ${version}; what is older than ${oldest} was never tried`;
  return [{ kind: 'program', reason, remedy }];
}

/** `1.1.5` of `runc version 1.1.5+ds1`; pure. */
export function versionIn(text: string): string | undefined {
  return /\d+(?:\.\d+)+/.exec(text)?.[0];
}

/** Of two versions made of numbers and dots; pure. */
export function isOlder(version: string, than: string): boolean {
  const [one, other] = [version, than].map((text) => text.split('.').map(Number));
  for (const [index, number] of (other ?? []).entries()) {
    const own = one?.[index] ?? 0;
    if (own !== number) return own < number;
  }
  return false;
}
