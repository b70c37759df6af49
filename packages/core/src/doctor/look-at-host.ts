/** What the host has, and lacks, for a root. Nothing is changed. */
import { existsSync, lstatSync, type Stats, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { EventLog } from '../event-log/event-log.js';
import { type Clock, timestampToNanos } from '../kernel/clock.js';
import { errorMessageOf } from '../kernel/errors.js';
import { findOpenPart } from '../kernel/open-part.js';
import { ownPidNamespace, type PidNamespace } from '../kernel/pid-namespace.js';
import type { PluginReport } from '../plugin/plugin-report.js';
import type { Backends } from '../runtime/backends.js';
import type { HealthFinding } from '../runtime/health.js';
import { hasTasksOutOfSight, outOfSight, readBinding } from '../runtime/state-folder.js';

type Found = Pick<HealthFinding, 'kind' | 'reason' | 'remedy' | 'about'>;

const fault = (found: Found): HealthFinding => ({ ...found, severity: 'fault', mendable: false });
const notice = (found: Found): HealthFinding => ({ ...found, severity: 'notice', mendable: false });

export interface Folders {
  readonly root: string;
  readonly state: string;
}

/** What is believed and run, so that nobody else may write to it; and what holds secrets, so that nobody else may read it. */
const guarded = [
  ['root', ''],
  ['root', 'log'],
  ['root', 'log/data.mdb'],
  ['root', 'log/lock.mdb'],
  ['root', 'checkpoint-key.pem'],
  ['root', 'plugins'],
  ['state', ''],
  ['state', 'origin'],
] as const satisfies readonly (readonly [keyof Folders, string])[];

const byOthers = 0o077;
const writableByOthers = 0o022;

export function lookAtFolders(folders: Folders): readonly HealthFinding[] {
  return guarded.flatMap(([base, name]) => {
    const path = join(folders[base], name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (!found) return [];
    return name === '' ? [...ofFolder(path, found), ...ofFoldersAbove(path)] : ofFolder(path, found);
  });
}

function ofFoldersAbove(path: string): readonly HealthFinding[] {
  const open = findOpenPart(path, process.geteuid?.() ?? 0);
  if (!open || open.path === path) return [];
  const reason = `another folder can be put in the place of ${path}, since ${open.why}`;
  return [fault({ kind: 'folder', reason, remedy: `${open.command}, or choose another folder` })];
}

function ofFolder(path: string, found: Stats): readonly HealthFinding[] {
  const ours = process.geteuid?.() ?? 0;
  if (found.isSymbolicLink()) {
    const reason = `${path} is a symbolic link: whoever may change it decides where everything goes`;
    return [notice({ kind: 'folder', reason, remedy: 'name the folder that it leads to, or see who may change it' })];
  }
  if (found.uid !== ours) {
    const reason = `${path} belongs to user ${found.uid}, who may change what is believed and run`;
    return [fault({ kind: 'folder', reason, remedy: `chown ${ours} ${path}` })];
  }
  if ((found.mode & byOthers) === 0) return [];
  const isReadableOnly = (found.mode & writableByOthers) === 0;
  const mode = (found.mode & 0o777).toString(8);
  const wanted = found.isDirectory() ? '700' : '600';
  const open = {
    kind: 'folder',
    about: path,
    reason: `${path} is open to others: ${mode}`,
    remedy: `chmod ${wanted} ${path}`,
  } as const;
  // What lies in a folder has modes of its own.
  return [found.isDirectory() && isReadableOnly ? notice(open) : fault(open)];
}

/** Bytes, and files, below which there will soon be no room for a fact. */
const leastRoom = 64 * 1024 * 1024;
const leastFiles = 1000;

export function lookAtDisks(folders: Folders): readonly HealthFinding[] {
  return Object.values(folders).flatMap((path) => {
    if (!existsSync(path)) return [];
    const { bavail, bsize, ffree, files } = statfsSync(path);
    const room = bavail * bsize;
    const remedy = 'free some space; a call whose fact finds no room fails';
    if (room < leastRoom)
      return [
        fault({ kind: 'disk', about: path, reason: `${path} has ${Math.floor(room / 1048576)} MiB left`, remedy }),
      ];
    if (files > 0 && ffree < leastFiles)
      return [fault({ kind: 'disk', about: path, reason: `${path} has room for ${ffree} more files`, remedy })];
    return [];
  });
}

/** A state folder that is tied to another log, or to a pid namespace that is not seen, is refused on opening. */
export function lookAtBinding(
  { state }: Folders,
  { origin }: EventLog,
  namespace: PidNamespace = ownPidNamespace(),
): readonly HealthFinding[] {
  const bound = readBinding(state);
  if (!bound) return [];
  if (bound.origin !== origin) {
    const reason = `the state folder ${state} belongs to the root ${bound.root}`;
    return [fault({ kind: 'folder', reason, remedy: 'name the state folder of this root, or open that one' })];
  }
  if (!hasTasksOutOfSight(state, bound, namespace)) return [];
  return [
    fault({
      kind: 'folder',
      reason: `the state folder ${state} cannot be used here`,
      remedy: outOfSight(state, bound),
    }),
  ];
}

/** Nanoseconds by which clocks of one machine may differ. */
const clockSlack = 1_000_000_000n;

export function lookAtClock(log: EventLog, clock: Clock): readonly HealthFinding[] {
  const head = log.head();
  const [newest] = head === 0 ? [] : log.read({ after: head - 1 });
  if (!newest) return [];
  const ahead = timestampToNanos(newest.time) - timestampToNanos(clock.now());
  if (ahead <= clockSlack) return [];
  const reason = `the clock is ${ahead / 1_000_000_000n} s behind the newest record (${newest.time})`;
  const remedy = 'set the clock; positions tell the order all the same, but times will not';
  return [fault({ kind: 'clock', about: '', reason, remedy })];
}

export function lookAtPlugins(reports: readonly PluginReport[]): readonly HealthFinding[] {
  const found = reports.flatMap(({ id, status, reason = status }): HealthFinding[] => {
    const remedy = 'see shiplog plugins -v';
    if (status === 'error') return [fault({ kind: 'plugin', reason: `plugin ${id} is disabled: ${reason}`, remedy })];
    if (status === 'skip') return [notice({ kind: 'plugin', reason: `plugin ${id} was left out: ${reason}`, remedy })];
    return [];
  });
  const runtimes = reports.filter(({ type }) => type === 'runtime');
  if (runtimes.some(({ status }) => status === 'ok')) return found;
  const remedy = 'install one: apt-get install runc conmon';
  return [
    ...found,
    fault({ kind: 'runtime', reason: 'there is no runtime that works: no task can be created', remedy }),
  ];
}

/** What runtimes say of the host themselves. */
export async function askRuntimes(backends: Backends): Promise<readonly HealthFinding[]> {
  const answers = backends.all().map(async ({ id, backend }) => {
    try {
      return (await backend.runtime.checkHost?.()) ?? [];
    } catch (error) {
      const reason = `runtime ${id} cannot say how the host is: ${errorMessageOf(error)}`;
      return [fault({ kind: 'runtime', reason, remedy: 'see shiplog plugins -v' })];
    }
  });
  const all = (await Promise.all(answers)).flat();
  // Two runtimes may find one and the same.
  return [...new Map(all.map((finding) => [finding.reason, finding])).values()];
}
