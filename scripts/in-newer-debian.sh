#!/bin/sh
# Runs a command in a newer Debian than the host's, on the host's kernel: for tests of what the host's own tools cannot
# do, first of all checkpoint and restore, which need a CRIU that knows the kernel. Root only; not part of CI.
#
#     scripts/in-newer-debian.sh vitest run --project host packages/plugin-runc/test/runc-checkpoint.host.test.ts
#
# The tree is made once, by debootstrap, in SHIPLOG_DEBIAN (/var/tmp/shiplog-debian unless told otherwise), of the suite
# SHIPLOG_SUITE (sid). The checkout and its node_modules are the host's own, at the path that they have there; so is the
# working folder. The command has a mount namespace of its own, whose root is the tree (a chroot would confuse CRIU's
# view of mounts); what it mounts goes with it.
set -eu

cd -- "$(dirname -- "$0")/.."
checkout=$PWD
tree=${SHIPLOG_DEBIAN:-/var/tmp/shiplog-debian}
suite=${SHIPLOG_SUITE:-sid}
packages=runc,crun,conmon,criu,libcriu2,iptables,iproute2,busybox-static,util-linux,procps

die() {
  printf 'in-newer-debian: %s\n' "$*" >&2
  exit 1
}

[ "$#" -gt 0 ] || die 'give a command'
[ "$(id -u)" -eq 0 ] || die 'it needs root'

if [ ! -e "$tree/.complete" ]; then
  command -v debootstrap >/dev/null 2>&1 || die 'debootstrap is missing: apt-get install debootstrap'
  rm -rf "$tree"
  mkdir -p "$tree"
  debootstrap --variant=minbase --include="$packages" "$suite" "$tree" >&2 || die "no Debian $suite could be made in $tree"
  touch "$tree/.complete"
fi

# pivot_root wants a mount point; the old root is gone before the command begins.
inside='
set -eu
tree=$1 checkout=$2
shift 2
mount --bind "$tree" "$tree"
for folder in /proc /sys /dev; do mount --rbind "$folder" "$tree$folder"; done
mount -t tmpfs -o mode=1777 none "$tree/tmp"
mount -t tmpfs -o mode=755 none "$tree/run"
mkdir -p "$tree$checkout" "$tree/.old"
mount --bind "$checkout" "$tree$checkout"
cd "$tree"
pivot_root . .old
umount -l /.old
cd "$checkout"
PATH="$checkout/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export PATH
exec "$@"
'
exec unshare --mount --propagation private -- /bin/sh -c "$inside" sh "$tree" "$checkout" "$@"
