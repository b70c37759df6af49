/**
 * A disk that may lose its power, as unkind as POSIX lets it be. What was synced is there. Of what was written since, each
 * sector of 512 bytes is there or not, in any of the versions that it had, whatever the order; each name in a folder that
 * was made or removed since its sync, too. A rename is whole or not at all, and so is a sector.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pick } from '../random.ts';
import type { Step } from './trace.ts';

const sectorBytes = 512;
const pageSectors = 8;

class File {
  #synced: Buffer = Buffer.alloc(0);
  #now: Buffer = Buffer.alloc(0);
  #written: { readonly sector: number; readonly bytes: Buffer }[] = [];
  #sizes: number[] = [];

  write(offset: number, bytes: Buffer): void {
    if (offset + bytes.length > this.#now.length) this.resize(offset + bytes.length);
    bytes.copy(this.#now, offset);
    const last = Math.floor((offset + bytes.length - 1) / sectorBytes);
    for (let sector = Math.floor(offset / sectorBytes); sector <= last; sector += 1) {
      const start = sector * sectorBytes;
      this.#written.push({ sector, bytes: Buffer.from(this.#now.subarray(start, start + sectorBytes)) });
    }
  }

  resize(size: number): void {
    this.#now = sized(this.#now, size);
    this.#sizes.push(size);
  }

  sync(): void {
    this.#synced = Buffer.from(this.#now);
    this.#written = [];
    this.#sizes = [];
  }

  /** Of a write that was on disk when it returned: of others, also of those before it, nothing is known. */
  settle(offset: number, length: number): void {
    const [first, last] = [Math.floor(offset / sectorBytes), Math.floor((offset + length - 1) / sectorBytes)];
    const [start, end] = [first * sectorBytes, Math.min((last + 1) * sectorBytes, this.#now.length)];
    this.#synced = sized(this.#synced, Math.max(this.#synced.length, end));
    this.#now.copy(this.#synced, start, start, end);
    this.#written = this.#written.filter(({ sector }) => sector < first || sector > last);
  }

  /** What a power cut leaves of it. */
  left(next: () => number): Buffer {
    const share = pick(next, [0, 0.02, 0.2, 0.5, 0.8, 0.98, 1]);
    const sizes = share === 0 ? [this.#synced.length] : [this.#synced.length, ...this.#sizes];
    const image = Buffer.from(sized(this.#synced, share === 1 ? this.#now.length : pick(next, sizes)));
    // Pages that are there or not, or else torn ones.
    const sectors = pick(next, [1, pageSectors]);
    const kept = new Map<number, boolean>();
    for (const [index, { sector, bytes }] of this.#written.entries()) {
      const unit = sectors === 1 ? index : Math.floor(sector / sectors);
      if (!kept.has(unit)) kept.set(unit, next() < share);
      if (kept.get(unit)) bytes.copy(image, sector * sectorBytes);
    }
    return image;
  }
}

function sized(bytes: Buffer, size: number): Buffer {
  return size <= bytes.length ? bytes.subarray(0, size) : Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]);
}

type Node = File | Folder;
/** Undefined for a name that is no more. */
type Entry = readonly [folder: Folder, name: string, node: Node | undefined];

class Folder {
  readonly synced = new Map<string, Node>();
  readonly now = new Map<string, Node>();
}

function put([, name, node]: Entry, names: Map<string, Node>): void {
  if (node) names.set(name, node);
  else names.delete(name);
}

export class Disk {
  readonly #root: string;
  readonly #top = new Folder();
  /** In order; what stands together happens together. */
  #changes: (readonly Entry[])[] = [];

  /** @param root a folder that is there, and on disk */
  constructor(root: string) {
    this.#root = root;
  }

  apply(step: Step): void {
    switch (step.kind) {
      case 'make':
        this.#change([this.#entry(step.path, step.folder ? new Folder() : new File())]);
        break;
      case 'link':
        this.#change([this.#entry(step.to, this.#find(step.from))]);
        break;
      case 'rename':
        this.#change([this.#entry(step.to, this.#find(step.from)), this.#entry(step.from, undefined)]);
        break;
      case 'remove':
        this.#change([this.#entry(step.path, undefined)]);
        break;
      case 'write':
        this.#file(step.path).write(step.offset, step.bytes);
        break;
      case 'settle':
        this.#file(step.path).settle(step.offset, step.length);
        break;
      case 'resize':
        this.#file(step.path).resize(step.size);
        break;
      case 'sync':
        if (step.path.startsWith(this.#root)) this.#sync(step.path);
        break;
      default:
    }
  }

  /** Writes what a power cut leaves to another folder. */
  leave(to: string, next: () => number): void {
    const share = pick(next, [0, 0.3, 0.7, 1]);
    const there = new Map<Folder, Map<string, Node>>();
    const namesOf = (folder: Folder) => {
      const names = there.get(folder) ?? new Map(folder.synced);
      there.set(folder, names);
      return names;
    };
    for (const change of this.#changes) {
      if (next() >= share) continue;
      for (const entry of change) put(entry, namesOf(entry[0]));
    }
    const write = (folder: Folder, path: string) => {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      for (const [name, node] of namesOf(folder)) {
        if (node instanceof Folder) write(node, join(path, name));
        else writeFileSync(join(path, name), node.left(next), { mode: 0o600 });
      }
    };
    write(this.#top, to);
  }

  #change(entries: readonly Entry[]): void {
    this.#changes.push(entries);
    for (const entry of entries) put(entry, entry[0].now);
  }

  #sync(path: string): void {
    const node = this.#find(path);
    if (node instanceof File) {
      node.sync();
      return;
    }
    const isDone = (change: readonly Entry[]) => change.some(([folder]) => folder === node);
    for (const change of this.#changes.filter(isDone)) for (const entry of change) put(entry, entry[0].synced);
    this.#changes = this.#changes.filter((change) => !isDone(change));
  }

  #entry(path: string, node: Node | undefined): Entry {
    const folder = this.#find(dirname(path));
    if (folder instanceof File) throw new Error(`${dirname(path)} is no folder`);
    return [folder, basename(path), node];
  }

  #file(path: string): File {
    const node = this.#find(path);
    if (node instanceof File) return node;
    throw new Error(`${path} is no file`);
  }

  #find(path: string): Node {
    let node: Node = this.#top;
    for (const name of path.slice(this.#root.length).split('/').filter(Boolean)) {
      const next: Node | undefined = node instanceof Folder ? node.now.get(name) : undefined;
      if (!next) throw new Error(`${path} is not there`);
      node = next;
    }
    return node;
  }
}
