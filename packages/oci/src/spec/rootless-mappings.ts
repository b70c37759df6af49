/** The IDs that containers of a user who is not root can have. */
import { userInfo } from 'node:os';
import { findProgram } from '../find-program.js';
import { readIfThere } from '../small-file.js';
import type { LinuxIdMapping } from './linux-spec.js';

export interface Mappings {
  readonly uidMappings: readonly LinuxIdMapping[];
  readonly gidMappings: readonly LinuxIdMapping[];
}

export interface RootlessHost {
  readonly uid: number;
  readonly gid: number;
  /** Undefined where no entry of the host has a name for it. */
  readonly name: string | undefined;
  /** The text of /etc/subuid and /etc/subgid. */
  readonly subuid: string;
  readonly subgid: string;
  /** Whether newuidmap and newgidmap are there: without them, a user may map nobody but himself. */
  readonly hasMapTools: boolean;
}

/**
 * The caller is root of the container; who else there is in it are IDs that the host has set aside for him. Where it has
 * set aside none, root is alone.
 */
export function rootlessMappings(host: RootlessHost = readRootlessHost()): Mappings {
  const alone = (id: number) => [{ containerID: 0, hostID: id, size: 1 }];
  const more = (text: string) => (host.hasMapTools ? rangeOf(text, host) : []);
  const [uids, gids] = [more(host.subuid), more(host.subgid)];
  if (uids.length === 0 || gids.length === 0) {
    return { uidMappings: alone(host.uid), gidMappings: alone(host.gid) };
  }
  return { uidMappings: [...alone(host.uid), ...uids], gidMappings: [...alone(host.gid), ...gids] };
}

/** The first of them, from 1 on, as subuid(5) has it: `NAME-OR-UID:FIRST:COUNT`. */
function rangeOf(text: string, { uid, name }: RootlessHost): readonly LinuxIdMapping[] {
  for (const line of text.split('\n')) {
    const [owner, first = '', count = ''] = line.split(':');
    const isOurs = owner === String(uid) || (name !== undefined && owner === name);
    const size = Number(count);
    if (isOurs && /^\d+$/.test(first) && size > 0) return [{ containerID: 1, hostID: Number(first), size }];
  }
  return [];
}

function readRootlessHost(): RootlessHost {
  return {
    uid: process.geteuid?.() ?? 0,
    gid: process.getegid?.() ?? 0,
    name: nameOfUser(),
    subuid: readIfThere('/etc/subuid') ?? '',
    subgid: readIfThere('/etc/subgid') ?? '',
    hasMapTools: ['newuidmap', 'newgidmap'].every((name) => findProgram(name) !== undefined),
  };
}

function nameOfUser(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined; // no entry in /etc/passwd
  }
}
