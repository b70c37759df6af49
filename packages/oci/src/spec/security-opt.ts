/** `--security-opt`, as Podman and Docker have it. */
import { InvalidArgumentError } from '@shiplog/core';
import { hasAppArmor, hasSelinux } from './host-facts.js';
import { readSeccompProfile, type SeccompProfile } from './seccomp-profile.js';

export interface SecurityOptions {
  readonly noNewPrivileges?: boolean;
  readonly seccomp?: SeccompProfile | 'unconfined';
  readonly apparmor?: string;
  /** `user:role:type:level`. */
  readonly selinuxLabel?: string;
  /** Absolute paths that are hidden too. */
  readonly mask?: readonly string[];
  /** Absolute paths, patterns of them, or `ALL`: neither hidden nor read-only. */
  readonly unmask?: readonly string[];
}

/** What the host has of what an option needs. */
export interface SecurityModules {
  readonly apparmor: boolean;
  readonly selinux: boolean;
}

function securityModules(): SecurityModules {
  return { apparmor: hasAppArmor(), selinux: hasSelinux() };
}

const known = 'seccomp, apparmor, label, mask, unmask and no-new-privileges';

/** @throws InvalidArgumentError for what is not known, or not there on this host */
export function parseSecurityOpts(
  texts: readonly string[],
  modules: SecurityModules = securityModules(),
): SecurityOptions {
  let options: SecurityOptions = {};
  for (const text of texts) options = { ...options, ...parse(text, options, modules) };
  return options;
}

function parse(text: string, before: SecurityOptions, modules: SecurityModules): SecurityOptions {
  const [, key = text, value = ''] = /^([a-z-]+)[=:](.*)$/s.exec(text) ?? [];
  switch (key) {
    case 'no-new-privileges':
      return { noNewPrivileges: flagOf(text, value) };
    case 'seccomp':
      if (value === '') break;
      return { seccomp: value === 'unconfined' ? value : readSeccompProfile(value) };
    case 'apparmor':
      if (value === '') break;
      if (value === 'unconfined' && !modules.apparmor) return {};
      return { apparmor: needs(modules.apparmor, 'AppArmor', text, value) };
    case 'label':
      if (value === 'disable') return {};
      return { selinuxLabel: labelWith(before.selinuxLabel, needs(modules.selinux, 'SELinux', text, value), text) };
    case 'mask':
      return { mask: [...(before.mask ?? []), ...pathsOf(text, value)] };
    case 'unmask':
      return {
        unmask: [...(before.unmask ?? []), ...(value.toUpperCase() === 'ALL' ? ['ALL'] : pathsOf(text, value))],
      };
  }
  throw wrong(text, `use ${known}`);
}

function flagOf(text: string, value: string): boolean {
  if (value === '' || value === 'true') return true;
  if (value === 'false') return false;
  throw wrong(text, 'no-new-privileges is true or false');
}

function needs(isThere: boolean, what: string, text: string, value: string): string {
  if (isThere) return value;
  throw wrong(text, `this host has no ${what}, so nothing would keep to it; leave it out`);
}

const labelParts = ['user', 'role', 'type', 'level'] as const;

/** What containers run as unless told otherwise, in every SELinux policy that has containers. */
const defaultLabel = 'system_u:system_r:container_t:s0';

function labelWith(before: string | undefined, value: string, text: string): string {
  const [, part = '', rest = ''] = /^(\w+):(.+)$/.exec(value) ?? [];
  const index = (labelParts as readonly string[]).indexOf(part);
  if (index === -1) throw wrong(text, 'write label=type:NAME, or user, role or level for type; or label=disable');
  const [user = '', role = '', type = '', ...level] = (before ?? defaultLabel).split(':');
  const parts = [user, role, type, level.join(':')];
  parts[index] = rest;
  return parts.join(':');
}

function pathsOf(text: string, value: string): readonly string[] {
  const paths = value.split(':');
  if (paths.every((path) => path.startsWith('/'))) return paths;
  throw wrong(text, 'write absolute paths, with colons between them');
}

function wrong(text: string, what: string): InvalidArgumentError {
  return new InvalidArgumentError(`security option ${JSON.stringify(text)} is not valid: ${what}`);
}
