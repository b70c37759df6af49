/** What a person writes for limits of devices, huge pages and cgroup files: NAME and value in one word. */
import { statSync } from 'node:fs';
import { InvalidArgumentError } from '@shiplog/core';
import { isMissing } from '../small-file.js';
import type { LinuxHugepageLimit, LinuxThrottleDevice } from './linux-resources.js';
import { parseMemorySize } from './quantities.js';

/**
 * `/dev/sda:1m`: bytes a second; 0 lifts it.
 *
 * @throws InvalidArgumentError
 */
export function parseDeviceBps(text: string): LinuxThrottleDevice {
  const [path, value] = splitAt(text, ':', '/dev/sda:1m');
  return { ...blockDevice(path), rate: value === '0' ? 0 : limited(parseMemorySize(value), text) };
}

/**
 * `/dev/sda:1000`: operations a second; 0 lifts it.
 *
 * @throws InvalidArgumentError
 */
export function parseDeviceIops(text: string): LinuxThrottleDevice {
  const [path, value] = splitAt(text, ':', '/dev/sda:1000');
  return { ...blockDevice(path), rate: wholeNumber(value, 0, Number.MAX_SAFE_INTEGER) };
}

/**
 * `/dev/sda:300`.
 *
 * @throws InvalidArgumentError
 */
export function parseDeviceWeight(text: string): { major: number; minor: number; weight: number } {
  const [path, value] = splitAt(text, ':', '/dev/sda:300');
  return { ...blockDevice(path), weight: wholeNumber(value, 10, 1000) };
}

/**
 * `2MB:64m`; -1 for no limit.
 *
 * @throws InvalidArgumentError
 */
export function parseHugetlb(text: string): LinuxHugepageLimit {
  const [pageSize, value] = splitAt(text, ':', '2MB:64m');
  if (!/^\d+[KMG]B$/.test(pageSize)) {
    throw new InvalidArgumentError(`${JSON.stringify(pageSize)} is no size of huge pages: write it as 2MB or 1GB`);
  }
  return { pageSize, limit: parseMemorySize(value) };
}

/**
 * `memory.high=64m`: a file of cgroup v2, and what to write in it.
 *
 * @throws InvalidArgumentError
 */
export function parseCgroupConf(text: string): Readonly<Record<string, string>> {
  const [file, value] = splitAt(text, '=', 'memory.high=67108864');
  if (!/^[a-z0-9]+(\.[A-Za-z0-9_]+)+$/.test(file)) {
    throw new InvalidArgumentError(`${JSON.stringify(file)} is no file of a cgroup: write CONTROLLER.NAME=VALUE`);
  }
  return { [file]: value };
}

/**
 * A whole number in its bounds.
 *
 * @throws InvalidArgumentError
 */
export function wholeNumber(text: string, least: number, most: number): number {
  const number = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most && Number.isSafeInteger(number)) return number;
  const bounds = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new InvalidArgumentError(`${JSON.stringify(text)} is not valid: give a whole number ${bounds}`);
}

/**
 * `0-2,4`.
 *
 * @throws InvalidArgumentError
 */
export function parseNumberList(text: string): string {
  const ranges = text.split(',').map((part) => /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part));
  const isList = ranges.every((range) => range && Number(range[1]) <= Number(range[2] ?? range[1]));
  if (isList) return text;
  throw new InvalidArgumentError(`${JSON.stringify(text)} is no list of numbers: write it as 0-2,4`);
}

function splitAt(text: string, mark: string, example: string): readonly [string, string] {
  const index = text.lastIndexOf(mark);
  if (index > 0 && index < text.length - 1) return [text.slice(0, index), text.slice(index + 1)];
  throw new InvalidArgumentError(`${JSON.stringify(text)} is not valid: write it as ${example}`);
}

function limited(rate: number, text: string): number {
  if (rate > 0) return rate;
  throw new InvalidArgumentError(`${JSON.stringify(text)} is not valid: a rate is more than 0, and 0 lifts it`);
}

function blockDevice(path: string): { readonly major: number; readonly minor: number } {
  try {
    const status = statSync(path);
    if (status.isBlockDevice()) {
      // As makedev(3) has it.
      const [high, low] = [Math.floor(status.rdev / 2 ** 32), status.rdev >>> 0];
      return { major: (low >>> 8) & 0xfff, minor: (low & 0xff) | ((low >>> 12) & 0xfff00) | (high << 20) };
    }
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new InvalidArgumentError(`the device ${path} is not there; name a block device such as /dev/sda`, { cause });
  }
  throw new InvalidArgumentError(`${path} is no block device; name one such as /dev/sda`);
}
