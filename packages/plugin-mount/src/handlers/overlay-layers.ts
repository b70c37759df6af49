/**
 * The folders of an overlay under short names. mount(2) takes one page of options, which some forty layers with usual
 * paths fill; as `0:1:2`, relative to a folder of symbolic links, all 500 that the kernel stacks go in.
 */
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Layers {
  /** The top first. An empty one marks that data-only layers follow, as `::` does. */
  readonly lower: readonly string[];
  readonly upper?: string;
  readonly work?: string;
}

/** As the kernel's OVL_MAX_STACK. */
export const maxLayers = 500;

/** Between colons, unless a backslash stands before. */
export function splitLayers(lowerDir: string): readonly string[] {
  if (lowerDir === '') return [];
  return lowerDir.split(/(?<=(?<!\\)(?:\\\\)*):/).map(unescaped);
}

export function unescaped(path: string): string {
  return path.replaceAll(/\\(.)/gs, '$1');
}

/** The other way round, for a single folder or one of several. */
export function escapeLayer(path: string): string {
  return path.replaceAll(/[\\:]/g, '\\$&');
}

export interface ShortNames extends AsyncDisposable {
  /** Where they are. */
  readonly folder: string;
  readonly options: readonly string[];
}

/** The kernel follows the links while it mounts, and needs them no more then. */
export async function shortNames({ lower, upper, work }: Layers): Promise<ShortNames> {
  const folder = await mkdtemp(join(tmpdir(), 'shiplog-layers-'));
  await using made = new AsyncDisposableStack();
  made.defer(() => rm(folder, { recursive: true, force: true }));
  const link = async (path: string, name: string) => {
    if (path !== '') await symlink(path, join(folder, name));
    return path === '' ? '' : name;
  };
  const names = await Promise.all(lower.map((path, at) => link(path, at.toString(36))));
  const options = [`lowerdir=${names.join(':')}`];
  if (upper !== undefined) options.push(`upperdir=${await link(upper, 'upper')}`);
  if (work !== undefined) options.push(`workdir=${await link(work, 'work')}`);
  const links = made.move();
  return { folder, options, [Symbol.asyncDispose]: () => links.disposeAsync() };
}
