/** Whether a cgroup file says what was asked for. The kernel rounds sizes to pages, and has its own words for no limit. */

const pageSize = 4096;
const unlimitedV1 = 2 ** 60;

export type Check = (text: string) => boolean;

/** The file is there: what it says is the runtime's translation of what was asked. */
export const anything: Check = () => true;

/** A number, or -1 for no limit. */
export function amount(wanted: unknown): Check {
  const value = numberOf(wanted);
  return (text) => isAmount(text.trim(), value);
}

/** Bytes, in whole pages, or -1 for no limit. */
export function size(wanted: unknown): Check {
  const value = numberOf(wanted);
  return (text) => isAmount(text.trim(), value) || isAmount(text.trim(), Math.floor(value / pageSize) * pageSize);
}

function isAmount(text: string, value: number): boolean {
  const found = text === 'max' ? Number.POSITIVE_INFINITY : Number(text);
  const isUnlimited = found === -1 || found >= unlimitedV1;
  return found === value || (isUnlimited && (value < 0 || value >= unlimitedV1));
}

/** The n-th word of the file. */
export function word(index: number, wanted: unknown): Check {
  const value = numberOf(wanted);
  return (text) => isAmount(text.trim().split(/\s+/)[index] ?? '', value);
}

/** `key value` in a line of its own. */
export function entry(key: string, wanted: unknown): Check {
  const value = String(Number(wanted));
  return (text) => linesOf(text).some(([name, found]) => name === key && found === value);
}

/** CPUs or memory nodes: `0-2,4` and `0,1,2,4` are the same. */
export function numbers(wanted: unknown): Check {
  const text = setOf(String(wanted));
  return (found) => setOf(found.trim()) === text;
}

function setOf(list: string): string {
  const members = list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: Math.min(last - first, 65_536) + 1 }, (_, index) => first + index);
  });
  return [...new Set(members)].sort((one, other) => one - other).join(',');
}

/** For each device a line `8:0 VALUE`, or `8:0 KEY=VALUE`; a rate of 0 is no limit, and so no line. */
export function perDevice(wanted: unknown, of: 'rate' | 'weight', key?: string): Check {
  const devices = (Array.isArray(wanted) ? wanted : []) as readonly Readonly<Record<string, unknown>>[];
  return (text) =>
    devices.every((device) => {
      const line = linesOf(text).find(([name]) => name === `${device.major}:${device.minor}`);
      const values = line?.slice(1).map((field) => (key === undefined ? field : field.replace(`${key}=`, '')));
      const value = numberOf(device[of]);
      return values?.some((found) => Number(found) === value) ?? (of === 'rate' && value === 0);
    });
}

export function linesOf(text: string): readonly (readonly string[])[] {
  return text.split('\n').map((line) => line.trim().split(/\s+/));
}

/** Whole numbers beyond 2^53 come as JSON text. */
export function numberOf(value: unknown): number {
  return Number(JSON.stringify(value));
}
