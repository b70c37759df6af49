import { mountPlugin } from '../plugins.js';

/** The types as the plugin's manifest has them. */
export function page(): string {
  const types = mountPlugin.capabilities ?? [];
  return `MOUNTS

A task needs a root file system, and one of these gives it:

  --rootfs DIR                a folder, as it is
  --rootfs DIR:O              the same, through an overlay: nothing is written
                              to it, and what is written goes with the task
  --bundle DIR                an OCI bundle: root.path of its config.json
  --mount type=...,target=/   mounted on the host as long as the task is there

A mount is written as docker and podman write it:
type=TYPE,source=DIR,target=DIR,options=A:B. On any other target it is made
inside the container by the runtime, which knows the types of the OCI
specification. On / it is made on the host, by type:

  ${types.join(', ')}

  # an overlay: nothing is written to ./rootfs
  layers=lowerdir=$PWD/rootfs:upperdir=$PWD/up:workdir=$PWD/work
  shiplog run --rm --mount type=overlay,target=/,options=$layers t ls
  # a folder of the host's, read-only
  srv=type=bind,source=/srv,target=/srv,options=rbind:ro
  shiplog run --rm --rootfs ./rootfs --mount $srv t ls /srv

Mounts on / are made in the order in which they are given, and undone in the
reverse order. Each stands in the log before it is made, so that one which a
crash left behind is found: \`shiplog mounts\` lists what is not undone yet
(active), what nobody needs (leaked) and what the host lost (missing), and
the next command undoes what belongs to no task any more.`;
}
