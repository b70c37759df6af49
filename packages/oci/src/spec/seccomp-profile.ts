/**
 * A seccomp profile in the form that container tools share: OCI's, in which a rule may say for whom it is. What is left
 * of it for one container is OCI's own.
 */
import { readFileSync } from 'node:fs';
import { arch, release } from 'node:os';
import { errorMessageOf, InvalidArgumentError, NotFoundError, parseExactJson } from '@shiplog/core';
import { isMissing } from '../small-file.js';
import type { LinuxSeccomp, LinuxSyscall } from './linux-spec.js';
import { problemsOf } from './shapes.js';
import { seccompProfileShape } from './spec-shape.js';

/** Whom a rule is for; an empty one is for everybody. */
export interface SeccompFilter {
  /** One of them is enough. */
  readonly caps?: readonly string[];
  /** As Go names them: `amd64`, `arm64`. */
  readonly arches?: readonly string[];
  /** `4.8`. */
  readonly minKernel?: string;
}

export interface SeccompRule extends Omit<LinuxSyscall, 'names'> {
  readonly names?: readonly string[];
  /** Of an older form: one rule, one system call. */
  readonly name?: string;
  readonly includes?: SeccompFilter;
  readonly excludes?: SeccompFilter;
}

export interface SeccompProfile extends Omit<LinuxSeccomp, 'syscalls'> {
  /** By the host's architecture, those whose programs run on it too. */
  readonly archMap?: readonly { readonly architecture: string; readonly subArchitectures?: readonly string[] | null }[];
  readonly syscalls?: readonly SeccompRule[];
}

/** Whom a profile is resolved for. */
export interface SeccompTarget {
  /** Those that the container's processes can have: the bounding set. */
  readonly capabilities: readonly string[];
  /** As Node.js names it: `x64`, `arm64`. */
  readonly arch: string;
  /** `6.1.0-13-amd64`. */
  readonly kernel: string;
}

/** A container with these capabilities on this host. */
export function seccompTarget(capabilities: readonly string[]): SeccompTarget {
  return { capabilities, arch: arch(), kernel: release() };
}

/** By Node.js's name of an architecture. */
const architectures: Readonly<Record<string, { readonly go: string; readonly seccomp: string }>> = {
  x64: { go: 'amd64', seccomp: 'SCMP_ARCH_X86_64' },
  arm64: { go: 'arm64', seccomp: 'SCMP_ARCH_AARCH64' },
  arm: { go: 'arm', seccomp: 'SCMP_ARCH_ARM' },
  ia32: { go: 'x86', seccomp: 'SCMP_ARCH_X86' },
  ppc64: { go: 'ppc64le', seccomp: 'SCMP_ARCH_PPC64LE' },
  s390x: { go: 's390x', seccomp: 'SCMP_ARCH_S390X' },
  riscv64: { go: 'riscv64', seccomp: 'SCMP_ARCH_RISCV64' },
};

/** What of a profile counts for one container. */
export function resolveSeccomp(profile: SeccompProfile, target: SeccompTarget): LinuxSeccomp {
  const { archMap, syscalls = [], ...kept } = profile;
  const native = architectures[target.arch]?.seccomp;
  const mapped = archMap?.find(({ architecture }) => architecture === native);
  return {
    ...kept,
    ...(mapped && { architectures: [mapped.architecture, ...(mapped.subArchitectures ?? [])] }),
    syscalls: syscalls
      .filter(({ includes = {}, excludes = {} }) => includesAll(includes, target) && !excludesAny(excludes, target))
      .map(({ name, includes: _includes, excludes: _excludes, ...rule }) => ({
        ...rule,
        names: rule.names ?? (name === undefined ? [] : [name]),
      })),
  };
}

/** Where a filter says nothing of a thing, the thing does not matter. */
function matches({ caps = [], arches = [], minKernel }: SeccompFilter, target: SeccompTarget) {
  const go = architectures[target.arch]?.go ?? target.arch;
  return {
    caps: caps.length === 0 ? undefined : caps.some((each) => target.capabilities.includes(each)),
    arches: arches.length === 0 ? undefined : arches.includes(go),
    kernel: minKernel === undefined || minKernel === '' ? undefined : isAtLeast(target.kernel, minKernel),
  };
}

function includesAll(filter: SeccompFilter, target: SeccompTarget): boolean {
  return !Object.values(matches(filter, target)).includes(false);
}

function excludesAny(filter: SeccompFilter, target: SeccompTarget): boolean {
  return Object.values(matches(filter, target)).includes(true);
}

function isAtLeast(kernel: string, least: string): boolean {
  const [[major = 0, minor = 0], [leastMajor = 0, leastMinor = 0]] = [kernel, least].map((each) =>
    each.split('.', 2).map((part) => Number.parseInt(part, 10)),
  ) as [number[], number[]];
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/**
 * @throws NotFoundError if there is no such file
 * @throws InvalidArgumentError if it is no profile; the message names the file and the field
 */
export function readSeccompProfile(file: string): SeccompProfile {
  const details = { file };
  let value: unknown;
  try {
    value = parseExactJson(readFileSync(file, 'utf8'));
  } catch (cause) {
    if (isMissing(cause)) throw new NotFoundError(`there is no seccomp profile ${file}`, { cause, details });
    const message = `the seccomp profile ${file} cannot be read as JSON: ${errorMessageOf(cause)}`;
    throw new InvalidArgumentError(message, { cause, details });
  }
  const issues = problemsOf(seccompProfileShape, value);
  if (issues.length === 0) return value as SeccompProfile;
  throw new InvalidArgumentError(`${file} is no seccomp profile: ${issues.join('; ')}`, { details: { file, issues } });
}
