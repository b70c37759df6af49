/** `--device` and `--device-cgroup-rule`: devices of the host in a container. */
import { readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessageOf, InvalidArgumentError, NotFoundError } from '@shiplog/core';
import { isMissing } from '../small-file.js';
import type { LinuxDeviceRule } from './linux-resources.js';
import type { LinuxDevice } from './linux-spec.js';

export interface DeviceOption {
  /** Absolute: a device, or a folder of devices. */
  readonly host: string;
  /** Absolute, inside the container. */
  readonly container: string;
  /** Any of read, write, mknod. */
  readonly access: string;
}

/** A device, and that it may be used. */
export interface GrantedDevice {
  /** Its path on the host. */
  readonly source: string;
  readonly device: LinuxDevice;
  readonly rule: LinuxDeviceRule;
}

const isAccess = (text: string): boolean => /^[rwm]{1,3}$/.test(text) && new Set(text).size === text.length;

/**
 * `HOST[:CONTAINER][:ACCESS]`.
 *
 * @throws InvalidArgumentError
 */
export function parseDeviceFlag(text: string): DeviceOption {
  const [host = '', ...rest] = text.split(':');
  const last = rest.at(-1);
  const access = last !== undefined && isAccess(last) ? rest.pop() : undefined;
  const [container = host, ...more] = rest;
  if (!host.startsWith('/') || !container.startsWith('/') || more.length > 0) {
    throw new InvalidArgumentError(
      `device ${JSON.stringify(text)} is not valid: write HOST:CONTAINER:ACCESS, such as /dev/fuse or /dev/sda:/dev/xvda:r`,
    );
  }
  return { host, container, access: access ?? 'rwm' };
}

/**
 * `TYPE MAJOR:MINOR ACCESS`, with `*` for any number.
 *
 * @throws InvalidArgumentError
 */
export function parseDeviceRule(text: string): LinuxDeviceRule {
  const [, type, major = '', minor = '', access = ''] = /^([acb]) (\d+|\*):(\d+|\*) (\w+)$/.exec(text) ?? [];
  if (type === undefined || !isAccess(access)) {
    throw new InvalidArgumentError(
      `device rule ${JSON.stringify(text)} is not valid: write TYPE MAJOR:MINOR ACCESS, such as "c 10:229 rwm" or "b 8:* r"`,
    );
  }
  return {
    allow: true,
    type: type as 'a' | 'c' | 'b',
    ...(major !== '*' && { major: Number(major) }),
    ...(minor !== '*' && { minor: Number(minor) }),
    access,
  };
}

/**
 * @throws NotFoundError if it is not there
 * @throws InvalidArgumentError if it is no device, and no folder of devices
 */
export function grantDevice({ host, container, access }: DeviceOption): readonly GrantedDevice[] {
  let stats: Stats;
  try {
    stats = statSync(host);
  } catch (cause) {
    const details = { device: host };
    if (isMissing(cause)) throw new NotFoundError(`there is no device ${host} on this host`, { cause, details });
    throw new InvalidArgumentError(`the device ${host} cannot be looked at: ${errorMessageOf(cause)}`, {
      cause,
      details,
    });
  }
  const type = typeOf(stats);
  if (type !== undefined) return [granted(type, host, container, stats, access)];
  const inFolder = stats.isDirectory() ? devicesBelow(host, container, access) : [];
  if (inFolder.length > 0) return inFolder;
  throw new InvalidArgumentError(`${host} is no device, and no folder of devices`, { details: { device: host } });
}

/** Every device of the host, but for terminals: a container has its own. */
export function hostDevices(): readonly GrantedDevice[] {
  return devicesBelow('/dev', '/dev', 'rwm');
}

const notForContainers = /^(?:tty\d*|console|ptmx|pts|shm|mqueue|fd|lxc|\.lxc|vcs.*)$/;

function devicesBelow(host: string, container: string, access: string): readonly GrantedDevice[] {
  return readdirSync(host, { withFileTypes: true }).flatMap((entry) => {
    if (host === '/dev' && notForContainers.test(entry.name)) return [];
    const [path, inside] = [join(host, entry.name), join(container, entry.name)];
    if (entry.isDirectory()) return devicesBelow(path, inside, access);
    const stats =
      entry.isCharacterDevice() || entry.isBlockDevice() ? statSync(path, { throwIfNoEntry: false }) : undefined;
    const type = stats && typeOf(stats);
    return type === undefined ? [] : [granted(type, path, inside, stats as Stats, access)];
  });
}

function typeOf(stats: Stats): 'c' | 'b' | undefined {
  return stats.isCharacterDevice() ? 'c' : stats.isBlockDevice() ? 'b' : undefined;
}

function granted(
  type: 'c' | 'b',
  source: string,
  path: string,
  { rdev, mode, uid, gid }: Stats,
  access: string,
): GrantedDevice {
  const [major, minor] = [majorOf(rdev), minorOf(rdev)];
  return {
    source,
    device: { type, path, major, minor, fileMode: mode & 0o7777, uid, gid },
    rule: { allow: true, type, major, minor, access },
  };
}

/** As makedev(3) puts them together, within the 32 bits that the kernel uses. */
const majorOf = (rdev: number): number => (rdev >>> 8) & 0xfff;
const minorOf = (rdev: number): number => (rdev & 0xff) | ((rdev >>> 12) & 0xfff00);
