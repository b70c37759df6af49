/** `--user USER[:GROUP]`, by number or by the names of the root file system. */
import { InvalidArgumentError } from '@shiplog/core';
import type { OciUser } from './oci-spec.js';
import { readRootfsFile } from './rootfs-file.js';

export interface ResolvedUser {
  readonly user: OciUser;
  /** The home that the root file system has for the user; undefined where it knows none. */
  readonly home: string | undefined;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** The largest ID: 2^32 - 1 means "no ID" to the kernel. */
const maxId = 2 ** 32 - 2;

/**
 * As container tools have it: a user without a group gets the group and the further groups that the root file system
 * gives it, and a number that it does not know is a user with group 0.
 *
 * @param rootfs absolute; empty where it is not there yet, and then only numbers will do
 * @throws InvalidArgumentError if the text is malformed, or a name is not known
 * @throws NotFoundError if there is no such root file system
 */
export function resolveUser(text: string, rootfs: string): ResolvedUser {
  const [userText = '', groupText, ...rest] = text.split(':');
  if (userText === '' || groupText === '' || rest.length > 0) {
    throw new InvalidArgumentError(
      `user ${JSON.stringify(text)} is not valid: write USER or USER:GROUP, such as 1000:1000 or nobody`,
    );
  }
  const uid = idOf(userText);
  const entry = passwdEntries(rootfs).find((each) => (uid === undefined ? each.name === userText : each.uid === uid));
  if (uid === undefined && !entry) throw notKnown('user', userText, rootfs, '/etc/passwd');
  const found = { uid: uid ?? entry?.uid ?? 0, home: entry?.home || undefined };
  if (groupText !== undefined) {
    return { user: { uid: found.uid, gid: resolveGroup(groupText, rootfs) }, home: found.home };
  }
  const gid = entry?.gid ?? 0;
  const additionalGids = entry ? furtherGroups(entry, rootfs) : [];
  return { user: { uid: found.uid, gid, ...(additionalGids.length > 0 && { additionalGids }) }, home: found.home };
}

/**
 * A group by number, or by the name that the root file system has for it.
 *
 * @throws InvalidArgumentError if it is not known
 */
export function resolveGroup(text: string, rootfs: string): number {
  const gid = idOf(text) ?? groupEntries(rootfs).find(({ name }) => name === text)?.gid;
  if (gid === undefined) throw notKnown('group', text, rootfs, '/etc/group');
  return gid;
}

function furtherGroups({ name, gid }: PasswdEntry, rootfs: string): readonly number[] {
  const gids = groupEntries(rootfs)
    .filter((group) => group.members.includes(name))
    .map((group) => group.gid);
  return [...new Set(gids)].filter((each) => each !== gid);
}

/** @throws InvalidArgumentError if it is a number that is no ID */
function idOf(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const id = Number(text);
  if (id > maxId) throw new InvalidArgumentError(`${text} is no user or group ID: it must be at most ${maxId}`);
  return id;
}

function notKnown(what: string, name: string, rootfs: string, file: string): InvalidArgumentError {
  const where = rootfs === '' ? 'names need a root file system that is there already' : `${rootfs}${file} has none`;
  return new InvalidArgumentError(`${what} ${JSON.stringify(name)} is not known: ${where}; write its number instead`);
}

function passwdEntries(rootfs: string): readonly PasswdEntry[] {
  return linesOf(rootfs, '/etc/passwd').flatMap((line) => {
    const [name = '', , uid = '', gid = '', , home = ''] = line.split(':');
    return isId(uid) && isId(gid) ? [{ name, uid: Number(uid), gid: Number(gid), home }] : [];
  });
}

function groupEntries(rootfs: string): readonly GroupEntry[] {
  return linesOf(rootfs, '/etc/group').flatMap((line) => {
    const [name = '', , gid = '', members = ''] = line.split(':');
    return isId(gid) ? [{ name, gid: Number(gid), members: members.split(',') }] : [];
  });
}

/** A line that is damaged hides itself alone. */
function isId(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) <= maxId;
}

function linesOf(rootfs: string, path: string): readonly string[] {
  return rootfs === '' ? [] : (readRootfsFile(rootfs, path) ?? '').split('\n');
}
