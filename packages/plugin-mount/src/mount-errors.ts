/** What mount(8) and umount(8) say, as one of our errors with what to do. Their words are stable in the C locale. */
import { type ErrorCode, type ErrorDetails, errorFromCode, type ShiplogError } from '@shiplog/core';

interface Meaning {
  readonly says: RegExp;
  readonly code: ErrorCode;
  readonly advice: string;
}

/** The first that fits counts. */
const meanings: readonly Meaning[] = [
  {
    says: /permission denied|must be superuser|Operation not permitted/i,
    code: 'failed-precondition',
    advice: 'run as root, with CAP_SYS_ADMIN; in a container or a user namespace not every type may be mounted',
  },
  {
    says: /Too many levels of symbolic links/i,
    code: 'invalid-argument',
    advice:
      'one of its folders is in use by another layer or by an overlay that is mounted: give it folders of its own',
  },
  {
    says: /already mounted|target is busy|Device or resource busy/i,
    code: 'failed-precondition',
    advice: 'it is in use: a cgroup controller belongs to one hierarchy, and an upperdir to one overlay, at a time',
  },
  {
    says: /mount point does not exist/i,
    code: 'not-found',
    advice: 'make the mount point first',
  },
  {
    says: /special device .* does not exist|No such file or directory/i,
    code: 'not-found',
    advice: 'one of its paths, or what it names (a cgroup controller), is not there',
  },
  {
    says: /unknown filesystem type/i,
    code: 'failed-precondition',
    advice: 'this kernel does not have it: load its module (modprobe)',
  },
  {
    says: /Stale file handle/i,
    code: 'failed-precondition',
    advice: 'the upperdir was used with other lower layers: give it new folders, or index=off',
  },
  {
    says: /Not a directory/i,
    code: 'invalid-argument',
    advice: 'a file goes on a file, and a folder on a folder',
  },
  {
    says: /read-only|Read-only file system/i,
    code: 'failed-precondition',
    advice: 'it lies on a read-only file system: choose another, or mount it ro',
  },
  {
    says: /No space left on device|Cannot allocate memory/i,
    code: 'unavailable',
    advice: 'the kernel has no room for more mounts or memory (fs.mount-max)',
  },
  {
    says: /wrong fs type, bad option|Invalid argument/i,
    code: 'invalid-argument',
    advice:
      'the kernel refuses its options or its folders; dmesg says which, and why (an upperdir cannot be on overlay or NFS)',
  },
];

export function isBusy(stderr: string): boolean {
  return /target is busy/i.test(stderr);
}

/** @param said what stands on its stderr */
export function mountError(action: string, said: string, details: ErrorDetails): ShiplogError {
  // The second line only points at the kernel's log.
  const [line = ''] = said.trim().split('\n');
  if (line === '') {
    const words = `cannot ${action}: it said nothing and ended with exit code ${details.exitCode}`;
    return errorFromCode('unknown', words, { details });
  }
  const meaning = meanings.find(({ says }) => says.test(line));
  const advice = meaning ? ` (${meaning.advice})` : '';
  return errorFromCode(meaning?.code ?? 'unknown', `cannot ${action}: ${line}${advice}`, { details });
}
