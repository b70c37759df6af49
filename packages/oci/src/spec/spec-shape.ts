/**
 * What a spec must be for a runtime to make sense of it: every field that the specification names has its type, and
 * what is not named here is the user's and passes. A runtime would answer in ways that help nobody.
 */
import { z } from 'zod';
import { resourcesShape } from './resources-shape.js';
import { integer, list, natural, text } from './spec-values.js';

const texts = z.array(text);
const absolute = z.string().startsWith('/', 'must be an absolute path');
/** Go writes an empty map as null. */
const byName = z.record(text, text).nullish();

const capabilityName = z.string().regex(/^CAP_[A-Z_]+$/, 'must be a name such as CAP_KILL');
const capabilitySet = list(capabilityName);

const rlimit = z.looseObject({
  type: z.string().regex(/^RLIMIT_[A-Z]+$/, 'must be a name such as RLIMIT_NOFILE'),
  hard: natural,
  soft: natural,
});

export const processShape = z.looseObject({
  args: z
    .array(text)
    .nonempty('must name a program')
    .refine(([program]) => program !== '', 'must name a program'),
  cwd: absolute,
  // Not shown when it is wrong: its text may be a secret, and a runtime would print it.
  env: list(z.string().regex(/^[^=\0]+=[^\0]*$/, 'must be NAME=VALUE')),
  terminal: z.boolean().optional(),
  user: z
    .looseObject({
      uid: natural.optional(),
      gid: natural.optional(),
      umask: natural.nullish(),
      additionalGids: list(natural),
    })
    .optional(),
  capabilities: z
    .looseObject({
      bounding: capabilitySet,
      effective: capabilitySet,
      inheritable: capabilitySet,
      permitted: capabilitySet,
      ambient: capabilitySet,
    })
    .nullish(),
  rlimits: list(rlimit),
  noNewPrivileges: z.boolean().optional(),
  apparmorProfile: text.optional(),
  selinuxLabel: text.optional(),
  oomScoreAdj: integer.nullish(),
});

const rootShape = z.looseObject({
  path: z.string().min(1, 'must not be empty'),
  readonly: z.boolean().optional(),
});

const mapping = z.looseObject({ containerID: natural, hostID: natural, size: natural });
const mappings = list(mapping);

const mount = z.looseObject({
  destination: z.string().min(1, 'must not be empty'),
  type: text.optional(),
  source: text.optional(),
  options: list(text),
  uidMappings: mappings,
  gidMappings: mappings,
});

export const hookShape = z.looseObject({
  path: absolute,
  args: list(text),
  env: list(text),
  timeout: z.number().int().positive('must be more than 0 seconds').nullish(),
});

const hooks = list(hookShape);

const action = z.string().regex(/^SCMP_ACT_[A-Z_]+$/, 'must be an action such as SCMP_ACT_ERRNO');

const seccompArg = z.looseObject({
  index: natural,
  value: natural,
  valueTwo: natural.optional(),
  op: z.string().regex(/^SCMP_CMP_[A-Z_]+$/, 'must be a comparison such as SCMP_CMP_EQ'),
});

const seccompRule = z.looseObject({ names: texts, action, errnoRet: natural.nullish(), args: list(seccompArg) });

const seccompShape = z.looseObject({
  defaultAction: action,
  defaultErrnoRet: natural.nullish(),
  architectures: list(text),
  flags: list(text),
  syscalls: list(seccompRule),
});

const seccompFilter = z.looseObject({ caps: list(text), arches: list(text), minKernel: text.optional() }).nullish();

/** A profile in a file of its own: its rules may say whom they are for. */
export const seccompProfileShape = seccompShape.extend({
  archMap: list(z.looseObject({ architecture: text, subArchitectures: list(text) })),
  syscalls: list(
    seccompRule
      .extend({ names: list(text), name: text.optional(), includes: seccompFilter, excludes: seccompFilter })
      .refine(({ name, names }) => name !== undefined || Array.isArray(names), 'must have names'),
  ),
});

const namespaceType = z.enum(['pid', 'network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time']);
const propagation = z.enum([
  'slave',
  'private',
  'shared',
  'unbindable',
  'rslave',
  'rprivate',
  'rshared',
  'runbindable',
]);

const linuxShape = z.looseObject({
  cgroupsPath: text.optional(),
  namespaces: list(z.looseObject({ type: namespaceType, path: text.optional() })),
  uidMappings: mappings,
  gidMappings: mappings,
  devices: list(
    z.looseObject({
      type: z.enum(['c', 'b', 'u', 'p']),
      path: absolute,
      major: integer.optional(),
      minor: integer.optional(),
      fileMode: natural.nullish(),
      uid: natural.nullish(),
      gid: natural.nullish(),
    }),
  ),
  resources: resourcesShape.nullish(),
  sysctl: byName,
  seccomp: seccompShape.nullish(),
  rootfsPropagation: z.union([propagation, z.literal('')]).optional(),
  maskedPaths: list(text),
  readonlyPaths: list(text),
  mountLabel: text.optional(),
});

/** The root may be missing where one is mounted. */
export const specShape = z.looseObject({
  ociVersion: z.string().regex(/^1\.\d+\.\d+/, 'must be a version 1.x, such as 1.0.2'),
  root: rootShape.optional(),
  process: processShape,
  hostname: text.optional(),
  domainname: text.optional(),
  mounts: list(mount),
  hooks: z
    .looseObject({
      prestart: hooks,
      createRuntime: hooks,
      createContainer: hooks,
      startContainer: hooks,
      poststart: hooks,
      poststop: hooks,
    })
    .nullish(),
  annotations: byName,
  linux: linuxShape.optional(),
});

/** A spec that is complete in itself. */
export const bundleShape = specShape.extend({ root: rootShape });

/** `process.cwd: must be an absolute path`, one for each thing that is wrong. */
export function problemsOf(error: z.ZodError): readonly string[] {
  return error.issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message));
}
