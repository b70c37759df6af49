/** Who else could put something in the place of a file or folder of ours: through any of the folders above it. */
import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';

const writableByGroup = 0o020;
const writableByAll = 0o002;
const sticky = 0o1000;

/** What lets others in, and how to shut it. */
export interface OpenPart {
  readonly path: string;
  /** `others may write to /srv`. */
  readonly why: string;
  /** `chmod go-w /srv`. */
  readonly command: string;
}

/**
 * The first part of a path, from its end on, that somebody besides root and `uid` can change; undefined where there is none. In a
 * sticky folder (/tmp) others may make files, and change none of ours. Of a link, both the link and what it leads to count.
 *
 * @throws the system's error if it is not there
 */
export function findOpenPart(path: string, uid: number): OpenPart | undefined {
  return openPartOf(path, uid, false);
}

/** @param mayBeSticky whether the path is but a part of another one: what lies in it is looked at for itself */
function openPartOf(path: string, uid: number, mayBeSticky: boolean): OpenPart | undefined {
  for (let part = path; ; part = dirname(part)) {
    const found = lstatSync(part);
    const { uid: owner, gid, mode } = found;
    if (owner !== 0 && owner !== uid && !isUnmapped(owner)) {
      return { path: part, why: `${part} belongs to user ${owner}`, command: `chown root ${part}` };
    }
    if (found.isSymbolicLink()) {
      const behind = openPartOf(realpathSync(part), uid, mayBeSticky || part !== path);
      if (behind) return behind;
    } else if ((mode & writersOf(owner, gid)) !== 0 && ((part === path && !mayBeSticky) || (mode & sticky) === 0)) {
      return { path: part, why: `others may write to ${part}`, command: `chmod go-w ${part}` };
    }
    if (part === dirname(part)) return undefined;
  }
}

/**
 * A group of a user's own, by the user's number, is nobody else: many systems make everything writable by it (umask 002). In a
 * user namespace that user may be root. Root itself has no such group: others are often in it.
 */
function writersOf(owner: number, gid: number): number {
  const isOwn = gid === owner && !isUnmapped(owner) && (owner !== 0 || !isInitialNamespace());
  return isOwn ? writableByAll : writableByAll | writableByGroup;
}

const overflowUid = 65_534;
/** Every ID is itself, as in the user namespace that the kernel begins with. */
const wholeMap = /^\s*0\s+0\s+4294967295\s*$/;

/** In a user namespace, root of the one around it, whom we have to trust, looks like this. */
function isUnmapped(uid: number): boolean {
  return uid === overflowUid && !isInitialNamespace();
}

function isInitialNamespace(): boolean {
  return wholeMap.test(readFileSync('/proc/self/uid_map', 'latin1'));
}
