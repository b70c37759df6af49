/** The host as a bystander sees it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Every file and folder below a folder, by its path from there. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
}

/** Of every hierarchy, those whose name begins so. */
export function cgroupsNamed(prefix: string): readonly string[] {
  const found: string[] = [];
  for (const hierarchy of ['', ...namesIn('/sys/fs/cgroup')]) {
    const folder = join('/sys/fs/cgroup', hierarchy, 'shiplog');
    for (const name of namesIn(folder)) if (name.startsWith(prefix)) found.push(join(folder, name));
  }
  return found;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The pids of those whose command line mentions a text. */
export function processesMentioning(text: string): readonly number[] {
  const pids = namesIn('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => commandLine(pid).includes(text)).map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** For what has no event: looks every few milliseconds, and lets the test's own time limit end it. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(5);
}
