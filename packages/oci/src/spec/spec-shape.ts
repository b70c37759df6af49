/**
 * What a spec must be for a runtime to make sense of it: every field that the specification names has its type, and
 * what is not named here is the user's and passes. A runtime would answer in ways that help nobody.
 */
import * as v from 'valibot';
import { resourcesShape } from './resources-shape.js';
import { integer, listOf, looseObject, natural, text, textByName } from './shapes.js';

const texts = v.array(text);
const notEmpty = v.pipe(text, v.nonEmpty('must not be empty'));
const absolute = v.pipe(text, v.startsWith('/', 'must be an absolute path'));
const matching = (pattern: RegExp, message: string) => v.pipe(text, v.regex(pattern, message));
/** Go writes an empty map as null. */
const byName = v.nullish(textByName);

const capabilityName = matching(/^CAP_[A-Z_]+$/, 'must be a name such as CAP_KILL');
const capabilitySet = listOf(capabilityName);

const rlimit = looseObject({
  type: matching(/^RLIMIT_[A-Z]+$/, 'must be a name such as RLIMIT_NOFILE'),
  hard: natural,
  soft: natural,
});

export const processShape = looseObject({
  args: v.pipe(
    texts,
    v.check(([program = '']) => program !== '', 'must name a program'),
  ),
  cwd: absolute,
  // Not shown when it is wrong: its text may be a secret, and a runtime would print it.
  env: listOf(matching(/^[^=\0]+=[^\0]*$/, 'must be NAME=VALUE')),
  terminal: v.optional(v.boolean()),
  user: v.optional(
    looseObject({
      uid: v.optional(natural),
      gid: v.optional(natural),
      umask: v.nullish(natural),
      additionalGids: listOf(natural),
    }),
  ),
  capabilities: v.nullish(
    looseObject({
      bounding: capabilitySet,
      effective: capabilitySet,
      inheritable: capabilitySet,
      permitted: capabilitySet,
      ambient: capabilitySet,
    }),
  ),
  rlimits: listOf(rlimit),
  noNewPrivileges: v.optional(v.boolean()),
  apparmorProfile: v.optional(text),
  selinuxLabel: v.optional(text),
  oomScoreAdj: v.nullish(integer),
});

const rootShape = looseObject({
  path: notEmpty,
  readonly: v.optional(v.boolean()),
});

const mapping = looseObject({ containerID: natural, hostID: natural, size: natural });
const mappings = listOf(mapping);

const mount = looseObject({
  destination: notEmpty,
  type: v.optional(text),
  source: v.optional(text),
  options: listOf(text),
  uidMappings: mappings,
  gidMappings: mappings,
});

export const hookShape = looseObject({
  path: absolute,
  args: listOf(text),
  env: listOf(text),
  timeout: v.nullish(
    v.pipe(v.number(), v.integer('must be whole seconds'), v.minValue(1, 'must be more than 0 seconds')),
  ),
});

const hooks = listOf(hookShape);

const action = matching(/^SCMP_ACT_[A-Z_]+$/, 'must be an action such as SCMP_ACT_ERRNO');

const seccompArg = looseObject({
  index: natural,
  value: natural,
  valueTwo: v.optional(natural),
  op: matching(/^SCMP_CMP_[A-Z_]+$/, 'must be a comparison such as SCMP_CMP_EQ'),
});

const seccompRule = { names: texts, action, errnoRet: v.nullish(natural), args: listOf(seccompArg) };

const seccomp = {
  defaultAction: action,
  defaultErrnoRet: v.nullish(natural),
  architectures: listOf(text),
  flags: listOf(text),
  syscalls: listOf(looseObject(seccompRule)),
};

const seccompFilter = v.nullish(looseObject({ caps: listOf(text), arches: listOf(text), minKernel: v.optional(text) }));

/** A profile in a file of its own: its rules may say whom they are for. */
export const seccompProfileShape = looseObject({
  ...seccomp,
  archMap: listOf(looseObject({ architecture: text, subArchitectures: listOf(text) })),
  syscalls: listOf(
    v.pipe(
      looseObject({
        ...seccompRule,
        names: listOf(text),
        name: v.optional(text),
        includes: seccompFilter,
        excludes: seccompFilter,
      }),
      v.check(({ name, names }) => name !== undefined || Array.isArray(names), 'must have names'),
    ),
  ),
});

const namespaceType = v.picklist(['pid', 'network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time']);
const propagations = [
  'slave',
  'private',
  'shared',
  'unbindable',
  'rslave',
  'rprivate',
  'rshared',
  'runbindable',
] as const;

const linuxShape = looseObject({
  cgroupsPath: v.optional(text),
  namespaces: listOf(looseObject({ type: namespaceType, path: v.optional(text) })),
  uidMappings: mappings,
  gidMappings: mappings,
  devices: listOf(
    looseObject({
      type: v.picklist(['c', 'b', 'u', 'p']),
      path: absolute,
      major: v.optional(integer),
      minor: v.optional(integer),
      fileMode: v.nullish(natural),
      uid: v.nullish(natural),
      gid: v.nullish(natural),
    }),
  ),
  resources: v.nullish(resourcesShape),
  sysctl: byName,
  seccomp: v.nullish(looseObject(seccomp)),
  rootfsPropagation: v.optional(v.picklist([...propagations, ''])),
  maskedPaths: listOf(text),
  readonlyPaths: listOf(text),
  mountLabel: v.optional(text),
});

const spec = {
  ociVersion: matching(/^1\.\d+\.\d+/, 'must be a version 1.x, such as 1.0.2'),
  process: processShape,
  hostname: v.optional(text),
  domainname: v.optional(text),
  mounts: listOf(mount),
  hooks: v.nullish(
    looseObject({
      prestart: hooks,
      createRuntime: hooks,
      createContainer: hooks,
      startContainer: hooks,
      poststart: hooks,
      poststop: hooks,
    }),
  ),
  annotations: byName,
  linux: v.optional(linuxShape),
};

/** The root may be missing where one is mounted. */
export const specShape = looseObject({ ...spec, root: v.optional(rootShape) });

/** A spec that is complete in itself. */
export const bundleShape = looseObject({ ...spec, root: rootShape });
