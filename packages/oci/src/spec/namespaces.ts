/** `--pid`, `--network` and so on: namespaces that a container has for itself, or shares. */
import { InvalidArgumentError } from '@shiplog/core';
import type { LinuxNamespace, LinuxNamespaceType } from './linux-spec.js';

/** The host's, one of its own, or one that is there: a file such as `/proc/PID/ns/net`. */
export type NamespaceChoice = 'host' | 'private' | { readonly path: string };

export type NamespaceChoices = Readonly<Partial<Record<LinuxNamespaceType, NamespaceChoice>>>;

/** The same as a person says it: another task's is not found yet. */
export type NamespaceMode = NamespaceChoice | { readonly task: string };

/** Their files' names in `/proc/PID/ns`. */
export const namespaceFiles = {
  pid: 'pid',
  network: 'net',
  mount: 'mnt',
  ipc: 'ipc',
  uts: 'uts',
  user: 'user',
  cgroup: 'cgroup',
  time: 'time',
} as const satisfies Record<LinuxNamespaceType, string>;

/**
 * `host`, `private`, `none` (private: nothing connects a new network), `container:TASK` or `ns:PATH`.
 *
 * @throws InvalidArgumentError
 */
export function parseNamespaceMode(text: string): NamespaceMode {
  if (text === 'host' || text === 'private') return text;
  if (text === 'none') return 'private';
  const [, kind, rest = ''] = /^(container|ns):(.+)$/.exec(text) ?? [];
  if (kind === 'container') return { task: rest };
  if (kind === 'ns' && rest.startsWith('/')) return { path: rest };
  throw new InvalidArgumentError(
    `${JSON.stringify(text)} is no namespace: write host, private, none, container:TASK, or ns:PATH with an absolute path`,
  );
}

const typesByName: Readonly<Record<string, LinuxNamespaceType>> = {
  ...Object.fromEntries(Object.keys(namespaceFiles).map((type) => [type, type as LinuxNamespaceType])),
  net: 'network',
};

/**
 * `TYPE:PATH`, as ctr has it.
 *
 * @throws InvalidArgumentError
 */
export function parseNamespacePath(text: string): { readonly type: LinuxNamespaceType; readonly path: string } {
  const [, name = '', path = ''] = /^(\w+):(\/.+)$/.exec(text) ?? [];
  const type = Object.hasOwn(typesByName, name) ? typesByName[name] : undefined;
  if (type !== undefined) return { type, path };
  throw new InvalidArgumentError(
    `${JSON.stringify(text)} is no namespace: write TYPE:PATH, such as network:/proc/1/ns/net`,
  );
}

/** What nothing is said of stays as it is. */
export function changeNamespaces(
  base: readonly LinuxNamespace[],
  choices: NamespaceChoices,
): readonly LinuxNamespace[] {
  const chosen = Object.entries(choices) as readonly [LinuxNamespaceType, NamespaceChoice][];
  const kept = base.filter(({ type }) => choices[type] === undefined);
  const added = chosen.flatMap(([type, choice]) => {
    if (choice === 'host') return [];
    return choice === 'private' ? [{ type }] : [{ type, path: choice.path }];
  });
  return [...kept, ...added];
}

/** Whether it has a namespace of that type for itself. */
export function hasOwn(namespaces: readonly LinuxNamespace[], type: LinuxNamespaceType): boolean {
  return namespaces.some((each) => each.type === type && each.path === undefined);
}

export function isShared(namespaces: readonly LinuxNamespace[], type: LinuxNamespaceType): boolean {
  return !hasOwn(namespaces, type);
}
