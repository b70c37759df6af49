/** /proc/self/mountinfo, as proc_pid_mountinfo(5) has it: the kernel's own word on what is mounted. */
import { readFileSync } from 'node:fs';

export interface MountInfo {
  /** Given anew after an unmount, so not an order. */
  readonly id: number;
  readonly parentId: number;
  /** The folder of the file system that stands at the mount point. */
  readonly root: string;
  readonly mountPoint: string;
  /** Of this mount alone: `ro`, `nosuid`, ... */
  readonly options: readonly string[];
  /** `shared:N`, `master:N`, ...; empty for a private mount. */
  readonly propagation: readonly string[];
  readonly fsType: string;
  readonly source: string;
  /** Of the file system, wherever it is mounted. */
  readonly superOptions: readonly string[];
}

/** Pure. In the order of the text, in which the kernel puts what was mounted later behind. */
export function parseMountInfo(text: string): readonly MountInfo[] {
  return text.split('\n').flatMap((line) => parseLine(line) ?? []);
}

/** What is mounted in this process's mount namespace. */
export function readMountInfo(): readonly MountInfo[] {
  return parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** Whether the path is the folder itself or something in it. Both are absolute and without `..`. */
export function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? folder : `${folder}/`);
}

function parseLine(line: string): MountInfo | undefined {
  // Any number of propagation fields, then a lone dash; a dash is possible in the fields before them, but not alone.
  const fields = line.split(' ');
  const dash = fields.indexOf('-', 6);
  const [id, parentId, , root, mountPoint, options] = fields;
  const [fsType, source, superOptions] = fields.slice(dash + 1);
  if (dash === -1 || superOptions === undefined) return undefined;
  return {
    id: Number(id),
    parentId: Number(parentId),
    root: unescapeOctal(root),
    mountPoint: unescapeOctal(mountPoint),
    options: listOf(options),
    propagation: fields.slice(6, dash),
    fsType: unescapeOctal(fsType),
    source: unescapeOctal(source),
    superOptions: listOf(superOptions),
  };
}

function listOf(field = ''): readonly string[] {
  return field.split(',').map(unescapeOctal);
}

/** The kernel writes a space, tab, line feed, backslash or hash as a backslash and three octal digits. */
function unescapeOctal(field = ''): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
