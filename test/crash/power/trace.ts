/**
 * What a traced process did to the files below a folder, in order: strace's account of it, as steps. Whatever could reach
 * the disk in a way that is not known here ends the reading, so that no write is overlooked.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Step =
  | { readonly kind: 'make'; readonly path: string; readonly folder: boolean }
  | { readonly kind: 'link' | 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'write'; readonly path: string; readonly offset: number; readonly bytes: Buffer }
  /** What was written there is on disk: its descriptor was opened with O_DSYNC, and the call returned. */
  | { readonly kind: 'settle'; readonly path: string; readonly offset: number; readonly length: number }
  | { readonly kind: 'resize'; readonly path: string; readonly size: number }
  | { readonly kind: 'sync'; readonly path: string }
  /** To its own stdout: from here on, somebody relies on it. */
  | { readonly kind: 'say'; readonly text: string };

/** As `strace -f` is to be called; then come the program and its arguments. */
export function traced(file: string): readonly string[] {
  const calls =
    'open,openat,creat,mkdir,mkdirat,link,linkat,symlink,symlinkat,rename,renameat,renameat2,unlink,unlinkat,rmdir,' +
    'write,pwrite64,writev,pwritev,pwritev2,lseek,ftruncate,truncate,fallocate,copy_file_range,sendfile,splice,' +
    'fsync,fdatasync,mmap';
  return ['strace', '-f', '-y', '-xx', '-s', '10000000', '-e', `trace=${calls}`, '-o', file];
}

const text = (hex = '') => bytesOf(hex).toString('utf8');
const namesIn = (rest: string) => [...rest.matchAll(/"([^"]*)"/g)].map(([, hex]) => text(hex));
const bytesOf = (hex: string) => Buffer.from(hex.replaceAll('\\x', ''), 'hex');

/** One after the other; a call that another thread's stands in the middle of is where it came to its end. */
function* callsOf(trace: string): Iterable<readonly [name: string, rest: string]> {
  const begun = new Map<string, string>();
  for (const line of trace.split('\n')) {
    const [, thread = '', said = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const unfinished = / <unfinished \.\.\.>$/.exec(said);
    if (unfinished) {
      begun.set(thread, said.slice(0, unfinished.index));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>/.exec(said);
    const whole = resumed ? `${begun.get(thread)}${said.slice(resumed[0].length)}` : said;
    const [, name, rest] = /^(\w+)\((.*)$/.exec(whole) ?? [];
    if (name !== undefined && rest !== undefined && !/\) += -1 /.test(rest)) yield [name, rest];
  }
}

export function readTrace(file: string, below: string): readonly Step[] {
  const reader = new Reader(below);
  for (const [name, rest] of callsOf(readFileSync(file, 'latin1'))) reader.take(name, rest);
  return reader.steps;
}

class Reader {
  readonly steps: Step[] = [];
  readonly #below: string;
  /** By descriptor. */
  readonly #positions = new Map<string, number>();
  readonly #durable = new Set<string>();
  readonly #files = new Set<string>();

  constructor(below: string) {
    this.#below = below;
  }

  take(name: string, rest: string): void {
    const [, fd = '', hex, tail = ''] = /^(\d+)<([^>]*)>(.*)$/.exec(rest) ?? [];
    const path = text(hex);
    switch (name) {
      case 'openat':
        this.#open(rest);
        break;
      case 'write':
      case 'pwrite64':
      case 'writev':
        this.#write(name, fd, path, tail);
        break;
      case 'lseek':
        this.#positions.set(fd, Number(/= (\d+)$/.exec(tail)?.[1]));
        break;
      case 'fsync':
      case 'fdatasync':
        this.steps.push({ kind: 'sync', path });
        break;
      case 'ftruncate':
        if (this.#isOurs(path)) this.steps.push({ kind: 'resize', path, size: Number(/^, (\d+)/.exec(tail)?.[1]) });
        break;
      case 'mmap':
        this.#map(rest);
        break;
      case 'unlinkat': {
        const [, folder] = /^(?:\d+|AT_FDCWD)<([^>]*)>/.exec(rest) ?? [];
        const [name = ''] = namesIn(rest);
        this.#names('unlink', name.startsWith('/') ? name : join(text(folder), name), '');
        break;
      }
      default: {
        const [one = '', other = ''] = namesIn(rest);
        this.#names(name, one, other);
      }
    }
  }

  #isOurs(path: string): boolean {
    return path === this.#below || path.startsWith(`${this.#below}/`);
  }

  #open(rest: string): void {
    const [, hex, flags = '', fd = ''] =
      /^AT_FDCWD<[^>]*>, "([^"]*)", ([A-Z_|]+)(?:, 0\d+)?\) += (\d+)</.exec(rest) ?? [];
    const path = text(hex);
    this.#positions.set(fd, 0);
    this.#durable.delete(fd);
    if (!this.#isOurs(path)) return;
    if (/O_APPEND|O_TMPFILE/.test(flags)) throw new Error(`not understood: openat ${path} ${flags}`);
    if (/O_DSYNC|O_SYNC/.test(flags)) this.#durable.add(fd);
    if (flags.includes('O_CREAT') && !this.#files.has(path)) {
      this.#files.add(path);
      this.steps.push({ kind: 'make', path, folder: false });
    } else if (flags.includes('O_TRUNC')) this.steps.push({ kind: 'resize', path, size: 0 });
  }

  #write(name: string, fd: string, path: string, tail: string): void {
    const length = Number(/= (\d+)$/.exec(tail)?.[1]);
    const bytes = Buffer.concat([...tail.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, part = '']) => bytesOf(part)));
    if (fd === '1') {
      this.steps.push({ kind: 'say', text: bytes.toString('utf8') });
      return;
    }
    const position = this.#positions.get(fd) ?? 0;
    const offset = name === 'pwrite64' ? Number(/, (\d+)\) += /.exec(tail)?.[1]) : position;
    if (name !== 'pwrite64') this.#positions.set(fd, position + length);
    if (!this.#isOurs(path)) return;
    if (!Number.isSafeInteger(offset) || bytes.length < length) throw new Error(`not understood: ${name} to ${path}`);
    this.steps.push({ kind: 'write', path, offset, bytes: bytes.subarray(0, length) });
    if (this.#durable.has(fd)) this.steps.push({ kind: 'settle', path, offset, length });
  }

  /** What is written through memory is in no trace. Locks are nothing that has to survive. */
  #map(rest: string): void {
    const [, hex] = /PROT_READ\|PROT_WRITE, MAP_SHARED[^,]*, \d+<([^>]*)>/.exec(rest) ?? [];
    const path = text(hex);
    if (this.#isOurs(path) && !path.endsWith('/lock.mdb')) throw new Error(`${path} is written through memory`);
  }

  #names(name: string, one: string, other: string): void {
    if (!this.#isOurs(one) && !this.#isOurs(other)) return;
    if (name === 'mkdir') this.steps.push({ kind: 'make', path: one, folder: true });
    else if (name === 'link' || name === 'rename') {
      this.#files.add(other);
      this.steps.push({ kind: name, from: one, to: other });
    } else if (name === 'unlink' || name === 'rmdir') {
      this.#files.delete(one);
      this.steps.push({ kind: 'remove', path: one });
    } else throw new Error(`not understood: ${name} ${one} ${other}`);
    if (name === 'rename') this.#files.delete(one);
  }
}
