/** What a process has of the host. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Holdings {
  /** What is in memory of it, the whole of what it shares included, in MiB. */
  readonly rss: number;
  /** What is its alone, and its share of what it has in common with others, in MiB. */
  readonly pss: number;
  readonly descriptors: number;
  /** Of inotify. */
  readonly watches: number;
}

export function holdingsOf(pid: number): Holdings {
  const memory = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  const mebibytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(memory)?.[1]) / 1024;
  const descriptors = readdirSync(`/proc/${pid}/fd`);
  const watches = descriptors.reduce((sum, descriptor) => sum + watchesIn(pid, descriptor), 0);
  return { rss: mebibytes('Rss'), pss: mebibytes('Pss'), descriptors: descriptors.length, watches };
}

function watchesIn(pid: number, descriptor: string): number {
  try {
    const info = readFileSync(join(`/proc/${pid}/fdinfo`, descriptor), 'latin1');
    return info.match(/^inotify wd:/gm)?.length ?? 0;
  } catch {
    return 0; // It was open for the folder to be listed.
  }
}

export function mean(all: readonly Holdings[]): Holdings {
  const of = (field: keyof Holdings) => all.reduce((sum, holdings) => sum + holdings[field], 0) / all.length;
  return { rss: of('rss'), pss: of('pss'), descriptors: of('descriptors'), watches: of('watches') };
}

/** What the host can still give, in MiB. */
export function availableMiB(): number {
  return Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1]) / 1024;
}
