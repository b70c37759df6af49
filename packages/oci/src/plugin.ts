/** From a plugin's context to its backend: what is special about a runtime comes in as data. */
import { NotImplementedError, type PluginContext, SkipPlugin } from '@shiplog/core';
import type { Backend } from './backend.js';
import { hasHybridControllers, hybridControllersFile } from './cgroup.js';
import { CriuProbe } from './criu.js';
import { findProgram } from './find-program.js';
import { OciRuntime } from './oci-runtime.js';
import type { OciPluginConfig } from './options.js';
import type { OciRuntimeProfile } from './profile.js';
import { isRoot, rootlessBarrier, rootlessNotes } from './rootless.js';
import type { LinuxIdMapping } from './spec/linux-spec.js';
import { rootlessMappings } from './spec/rootless-mappings.js';

/**
 * Looks for the programs, and starts none.
 *
 * @throws SkipPlugin if a program is missing; it names Debian's package. If users who are not root can run nothing here
 */
export function openOciRuntime(
  id: string,
  profile: OciRuntimeProfile,
  context: PluginContext<OciPluginConfig>,
): OciRuntime {
  const { config, stateDir, rootDir } = context;
  const barrier = isRoot() ? undefined : rootlessBarrier();
  if (barrier !== undefined) throw new SkipPlugin(barrier);
  const backend: Backend = {
    id,
    stateDir,
    rootDir,
    binary: need(config.binary ?? profile.binary, profile.binary),
    conmon: need(config.conmon ?? 'conmon', 'conmon'),
    systemdCgroup: config.systemdCgroup ?? false,
    createPrefix: createPrefix(profile, context),
    criu: new CriuProbe(profile.buildsInCriu),
    bindsOutsideFolders: profile.bindsOutsideFolders,
    assertCriuOptions: ({ emptyNamespaces = [] }) => {
      if (emptyNamespaces.length === 0 || profile.restoresEmptyNamespaces) return;
      throw new NotImplementedError(`${profile.name} cannot restore a namespace empty: leave out emptyNamespaces`);
    },
  };
  context.note(`${backend.binary}, monitored by ${backend.conmon}`);
  if (!isRoot()) for (const note of rootlessNotes(backend.systemdCgroup)) context.note(note);
  const { name, oldest, refusesHybridCgroups } = profile;
  return new OciRuntime(backend, { runtime: name, oldest, refusesHybridCgroups });
}

function need(program: string, debianPackage: string): string {
  const path = findProgram(program);
  if (path !== undefined) return path;
  throw new SkipPlugin(`${program} is not there: apt-get install ${debianPackage}`);
}

/**
 * Runs a program in a mount namespace of its own, where cgroup v2 seems to have no controller. With the tree itself
 * unmounted instead, the runtime would make its folders below the mount point, where nobody finds them again.
 */
const hideControllers = `mount -n --bind /dev/null ${hybridControllersFile} && exec "$@"`;

function createPrefix(profile: OciRuntimeProfile, context: PluginContext<OciPluginConfig>): readonly string[] {
  if (!profile.refusesHybridCgroups || !hasHybridControllers()) return [];
  context.note(
    `this host's cgroups are hybrid, which ${profile.name} refuses: it creates containers from a mount namespace where ${hybridControllersFile} is empty`,
  );
  const unshare = need('unshare', 'util-linux');
  const users = isRoot() ? [] : sameUsers();
  return [unshare, ...users, '--mount', '--propagation', 'slave', '--', '/bin/sh', '-c', hideControllers, 'sh'];
}

/** Whoever is not root may mount in a user namespace alone. There everybody who can be in a container is who he is. */
function sameUsers(): readonly string[] {
  const { uidMappings, gidMappings } = rootlessMappings();
  const same = (flag: string, mappings: readonly LinuxIdMapping[]) =>
    mappings.slice(1).map(({ hostID, size }) => `${flag}=${hostID},${hostID},${size}`);
  return [
    '--user',
    '--map-current-user',
    ...same('--map-users', uidMappings),
    ...same('--map-groups', gidMappings),
    '--keep-caps',
  ];
}
