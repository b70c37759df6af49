/** What the kernel tells of a process, as ps(1) shows it. */
import { join } from 'node:path';
import { readIfThere } from './small-file.js';

export interface ProcessDetails {
  /** In the host's pid namespace. */
  readonly pid: number;
  /** In the innermost one: what the container calls it. */
  readonly containerPid: number;
  /** The parent, in the host's. */
  readonly ppid: number;
  /** The effective one, as the host sees it. */
  readonly uid: number;
  /** Its name on the host, or the number. */
  readonly user: string;
  /** Of one CPU, over the whole of its life. */
  readonly cpuPercent: number;
  /** Seconds since its start. */
  readonly elapsed: number;
  /** Seconds of CPU time. */
  readonly cpuTime: number;
  /** `pts/0`; `?` for none. */
  readonly tty: string;
  /** The kernel's short name of its program. */
  readonly program: string;
  /** The program and its arguments; the short name in brackets where there are none. */
  readonly command: string;
}

/** Clock ticks a second in /proc, on every Linux that Node.js runs on. */
const ticks = 100;

/** undefined once it is gone. @param host where `/proc` and `/etc` are */
export function readProcessDetails(pid: number, host = '/'): ProcessDetails | undefined {
  const read = (name: string): string | undefined => readIfThere(join(host, 'proc', String(pid), name));
  const [stat, status, commandLine = ''] = [read('stat'), read('status'), read('cmdline')];
  if (stat === undefined || status === undefined) return undefined;
  // The program's name is in parentheses, and may hold any character.
  const program = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [, ppid = 0, , , terminal = 0] = fields;
  const [user = 0, system = 0, startTime = 0] = [fields[11], fields[12], fields[19]];
  const uptime = Number.parseFloat(readIfThere(join(host, 'proc/uptime')) ?? '0');
  const elapsed = Math.max(0, uptime - startTime / ticks);
  const cpuTime = (user + system) / ticks;
  const uid = Number(/^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1] ?? 0);
  const containerPid = Number(/^NSpid:.*?(\d+)\s*$/m.exec(status)?.[1] ?? pid);
  const command = commandLine.replace(/\0+$/, '').replaceAll('\0', ' ');
  return {
    ...{ pid, containerPid, ppid, uid, user: userName(uid, host), tty: terminalName(terminal), program },
    cpuPercent: elapsed > 0 ? Math.round((cpuTime / elapsed) * 1000) / 10 : 0,
    elapsed: Math.floor(elapsed),
    cpuTime,
    command: command === '' ? `[${program}]` : command,
  };
}

function userName(uid: number, host: string): string {
  const entries = (readIfThere(join(host, 'etc/passwd')) ?? '').split('\n').map((line) => line.split(':'));
  return entries.find(([, , id]) => id === String(uid))?.[0] ?? String(uid);
}

/** Major numbers of the terminals of /dev/pts, and of consoles. */
const [firstPts, lastPts, console] = [136, 143, 4] as const;

function terminalName(device: number): string {
  const [major, minor] = [(device >>> 8) & 0xfff, (device & 0xff) | ((device >>> 12) & 0xfff00)];
  if (major >= firstPts && major <= lastPts) return `pts/${minor + (major - firstPts) * 256}`;
  if (device === 0) return '?';
  return major === console ? `tty${minor}` : `${major}:${minor}`;
}
