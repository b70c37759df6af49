/** The formats of the kernel's cgroup files. A file that is not there is a controller that the host does not have. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isMissing, readIfThere, systemCodeOf } from '../small-file.js';

/** v1 writes "no limit" as the largest number of whole pages; nothing real comes near it. */
const unlimitedV1 = 2 ** 60;

/** Of one cgroup in one hierarchy. */
export class CgroupFile {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  text(name: string): string | undefined {
    try {
      return readIfThere(join(this.#folder, name));
    } catch (error) {
      // Some files have no content for some cgroups, and say so by these.
      if (['EOPNOTSUPP', 'EINVAL', 'EIO'].includes(systemCodeOf(error) ?? '')) return undefined;
      throw error;
    }
  }

  number(name: string): number | undefined {
    const text = this.text(name)?.trim();
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  }

  /** undefined for no limit, too. */
  limit(name: string): number | undefined {
    const limit = this.number(name);
    return limit === undefined || limit >= unlimitedV1 ? undefined : limit;
  }

  /** `key value`, a line each. */
  flat(name: string): ((key: string) => number) | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const values = new Map(text.split('\n').map((line) => line.split(' ') as [string, string | undefined]));
    return (key) => Number(values.get(key) ?? 0);
  }

  /** The fields of each line. */
  lines(name: string): readonly (readonly string[])[] | undefined {
    const lines = this.text(name)?.split('\n').filter(Boolean);
    return lines?.map((line) => line.trim().split(/\s+/));
  }

  /** `hugetlb.2MB.current` for `current`: the sizes of huge pages that the host has. */
  hugePageSizes(file: string): readonly string[] {
    const pattern = new RegExp(`^hugetlb\\.([0-9]+[KMG]B)\\.${file}$`);
    return namesIn(this.#folder).flatMap((name) => pattern.exec(name)?.[1] ?? []);
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** `8:0` as major and minor. */
export function deviceOf(text: string): { readonly major: number; readonly minor: number } | undefined {
  const [, major, minor] = /^(\d+):(\d+)$/.exec(text) ?? [];
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

/** `rbytes=1 wbytes=2`; what is no number counts for absent. */
export function pairsOf(fields: readonly string[]): ReadonlyMap<string, number> {
  const pairs = fields.map((field) => field.split('=') as [string, string | undefined]);
  return new Map(pairs.flatMap(([key, value]) => (/^\d+$/.test(value ?? '') ? [[key, Number(value)] as const] : [])));
}
