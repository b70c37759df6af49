/** Where a shim's tasks have what they need beside what every bundle has (see @shiplog/oci). */
import { dirname, join } from 'node:path';
import type { ProcessFolder, TaskLayout } from '@shiplog/oci';

export const exitFileOf = (folder: ProcessFolder): string => join(folder.path, 'exit.json');

/** What shims are told to publish to; one for all processes of ours that share a state folder. */
export const eventsPathOf = (stateDir: string): string => join(stateDir, '.events', 'sock');

/** Where one of our processes begins to listen; then it gets the name that all know. */
export const eventsDraftOf = (path: string, pid: number): string => join(dirname(path), String(pid));

/** Bytes that the path of a unix socket may have. */
const maxSocketPath = 107;
const highestPid = 4_194_304;

/** Bytes by which a state folder's path is too long for these sockets; 0 or less where it is not. */
export const excessOf = (stateDir: string): number =>
  Buffer.byteLength(eventsDraftOf(eventsPathOf(stateDir), highestPid)) - maxSocketPath;

/** What the shim has to say: its working folder is the bundle, and the name is containerd's. */
export const logFileOf = (layout: TaskLayout): string => join(layout.bundle, 'log');

/** Of shims that containerd's library makes; the others know no such file. */
export const shimFilesIn = (layout: TaskLayout): readonly string[] =>
  [
    ...['address', 'bootstrap.json', 'init.pid', 'log', 'log.json', 'options.json', 'runtime', 'shim-binary-path'],
    ...['work', 'shim.pid', 'checkpoint'],
  ].map((name) => join(layout.bundle, name));
