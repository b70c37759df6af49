import type { Mount, MountHandler } from '../../src/mount/mount.js';
import type { MountInfo } from '../../src/mount/mountinfo.js';

export function mountOf(type: string, target = '', source = type): Mount {
  return { type, source, target, options: [] };
}

/** Mounts in memory: a table such as the kernel's, and a handler that works on it and records its calls. */
export function fakeKernel() {
  const mounted: MountInfo[] = [];
  const calls: string[] = [];
  /** Calls that fail, in the words of `calls`. */
  const failing = new Map<string, Error>();

  const call = (text: string) => {
    calls.push(text);
    const failure = failing.get(text);
    if (failure) throw failure;
  };

  const handler = (...types: string[]): MountHandler => ({
    types,
    mount: async ({ type, source }, mountPoint) => {
      call(`mount ${type} ${mountPoint}`);
      mounted.push(infoOf(type, source, mountPoint));
    },
    unmount: async (mountPoint) => {
      call(`${types[0]}: unmount ${mountPoint}`);
      const at = mounted.findLastIndex((info) => info.mountPoint === mountPoint);
      if (at !== -1) mounted.splice(at, 1);
      return 'unmounted';
    },
  });

  return { mounted, calls, failing, handler, mountTable: () => [...mounted] };
}

let lastId = 0;

export function infoOf(fsType: string, source: string, mountPoint: string): MountInfo {
  return {
    id: ++lastId,
    parentId: 0,
    root: '/',
    mountPoint,
    options: ['rw'],
    propagation: [],
    fsType,
    source,
    superOptions: ['rw'],
  };
}
