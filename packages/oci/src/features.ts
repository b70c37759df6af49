/**
 * What an OCI runtime can do, as it says itself: `RUNTIME features` (OCI runtime specification, `features.md`). Where it has
 * no such command, what its `--version` tells is put in the same words, and no more than that.
 */
import type { Backend } from './backend.js';
import { queryRuntime } from './backend.js';
import { isRefusal, unknownFailure } from './oci-error.js';
import { parseFeatures } from './parse.js';

/** OCI features; what is absent is not known. */
export interface OciFeatures {
  readonly ociVersionMin?: string;
  readonly ociVersionMax?: string;
  /** `prestart`, `createRuntime`, ... */
  readonly hooks?: readonly string[];
  readonly mountOptions?: readonly string[];
  readonly linux?: {
    readonly namespaces?: readonly string[];
    readonly capabilities?: readonly string[];
    readonly cgroup?: Readonly<Record<string, boolean>>;
    readonly seccomp?: { readonly enabled?: boolean };
    readonly apparmor?: { readonly enabled?: boolean };
    readonly selinux?: { readonly enabled?: boolean };
  };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** @throws ShiplogError in the runtime's own words if it answers neither */
export async function readFeatures(backend: Backend, signal: AbortSignal | undefined): Promise<OciFeatures> {
  const line = { binary: backend.binary, root: backend.stateDir, systemdCgroup: backend.systemdCgroup };
  const ask = (action: string, args: readonly string[]) => queryRuntime({ action, line, args, signal });
  try {
    return parseFeatures(await ask('ask for the features', ['features'])) as OciFeatures;
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  const version = await ask('ask for the version', ['--version']);
  const features = featuresOfVersion(version);
  if (features) return features;
  throw unknownFailure(`${backend.binary} tells neither features nor a version`, {
    details: { program: backend.binary },
  });
}

/** Marks what was made of `--version`. */
export const versionAnnotation = 'dev.shiplog.from-version';

/** `crun version 1.8.1`, `spec: 1.0.0`, `+SYSTEMD -SELINUX +CRIU`. undefined for other text. */
export function featuresOfVersion(text: string): OciFeatures | undefined {
  const [, name, version] = /^(\S+) version (\S+)/m.exec(text) ?? [];
  if (name === undefined || version === undefined) return undefined;
  const spec = /^spec: (\S+)/m.exec(text)?.[1];
  const built = new Map(
    [...text.matchAll(/(?<=^|\s)([+-])([A-Z]+)(?=\s|$)/g)].map(([, sign, what]) => [what, sign === '+']),
  );
  const enabled = (what: string) => {
    const known = built.get(what);
    return known === undefined ? {} : { [what.toLowerCase()]: { enabled: known } };
  };
  const systemd = built.get('SYSTEMD');
  return {
    ...(spec !== undefined && { ociVersionMin: '1.0.0', ociVersionMax: spec }),
    linux: {
      ...(systemd !== undefined && { cgroup: { systemd } }),
      ...{ ...enabled('SECCOMP'), ...enabled('APPARMOR'), ...enabled('SELINUX') },
    },
    annotations: {
      [versionAnnotation]: `${name} ${version}`,
      ...(built.size > 0 && { [`run.oci.${name}.checkpoint.enabled`]: String(built.get('CRIU') ?? false) }),
    },
  };
}
