import { findProgram } from '@shiplog/oci';
import { crunProfile } from '@shiplog/plugin-crun';
import { runcProfile } from '@shiplog/plugin-runc';
import { runtimePlugins } from '../plugins.js';

const profiles = [runcProfile, crunProfile];

/** As their manifests have it, and as this host has them. */
export function page(): string {
  const [first] = runtimePlugins;
  const known = runtimePlugins.map(({ id, capabilities = [] }, index) => {
    const binary = profiles[index]?.binary ?? '';
    const path = findProgram(binary);
    return `  ${id}\n      ${capabilities.join(', ')}\n      ${path ?? `${binary} is not on PATH: this host cannot use it`}`;
  });
  return `RUNTIMES

A runtime makes the containers; Shiplog drives its command line, and keeps the
log around it. The log is the same whichever it is, and so is every command.

${known.join('\n')}

Without --runtime, run and create take ${first.id},
or the first one that this host has. A task stays with the runtime that it
was created on, and every later command finds it there:

  shiplog run --runtime io.containerd.crun.v1 --rootfs ./rootfs job echo hello

Any other ID, or a path, names a containerd shim: io.containerd.NAME.VERSION is
containerd-shim-NAME-VERSION on PATH. So gVisor, Kata and all else that has a
shim run under the same log:

  shiplog run --runtime io.containerd.runsc.v1 --rootfs ./rootfs job echo hello

Each process has a small monitor of its own, conmon. It keeps the output and
the exit code when no command of Shiplog's is there, so nothing is lost when
you log out.

\`shiplog plugins\` tells what became of each at the start, and what was done
about this host (a hybrid cgroup layout, for one); \`shiplog version\` tells
the versions. The runtime's own state lies below the state folder, apart from
that of other programs on the host: runc list does not show it.`;
}
