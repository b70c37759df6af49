#!/bin/sh
# Makes a checkout ready to run: host tools, npm packages, build. Run it as often as you like: what is there is left alone.
# Talks on stderr only.
set -eu

cd -- "$(dirname -- "$0")/.."
PATH="$PWD/node_modules/.bin:$PATH:/usr/sbin:/sbin"
export PATH

say() { printf 'setup: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# 1. Host tools

# A container's root file system in tests and in the demo is this one file, so it must not need shared libraries.
# Where ldd is missing, any busybox is taken at its word.
has_static_busybox() {
  busybox=$(command -v busybox) || return 1
  ! ldd "$busybox" 2>/dev/null | grep -q '=>'
}

missing=
# tmux is a terminal for the tests of -t.
for tool in runc crun conmon tmux; do
  command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
has_static_busybox || missing="$missing busybox-static"

if [ "$(uname -s)" != Linux ]; then
  say 'containers need Linux; here you can only build and run the unit tests (npm run test:unit)'
elif [ -n "$missing" ]; then
  if ! command -v apt-get >/dev/null 2>&1; then
    die "missing:$missing. This is no Debian: install them with your package manager, then run me again"
  elif [ "$(id -u)" -ne 0 ]; then
    die "missing:$missing. Run as root: apt-get install$missing, then run me again"
  fi
  say "installing with apt-get:$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq -o DPkg::Lock::Timeout=120 update </dev/null >&2 || say 'apt-get update failed; trying with the lists at hand'
  # shellcheck disable=SC2086 # a list of words
  apt-get -qq -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 install -y --no-install-recommends $missing </dev/null >&2 ||
    die "apt-get could not install:$missing. Install them by hand, then run me again"
fi

# What only tests need: shells, a browser for the report's page, the sandbox of an example, and containerd for its shim and
# for ctr. Those that miss one skip themselves, and say so.
extras=
command -v bwrap >/dev/null 2>&1 || extras=' bubblewrap'
for tool in zsh fish chromium containerd; do
  command -v "$tool" >/dev/null 2>&1 || extras="$extras $tool"
done
if [ -n "$extras" ] && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" -eq 0 ]; then
  say "installing for tests with apt-get:$extras"
  # shellcheck disable=SC2086 # a list of words
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 install -y --no-install-recommends $extras </dev/null >&2 ||
    say "apt-get could not install:$extras. The tests that need them will be skipped"
fi

# 2. npm packages, Node 24 among them

stamp=node_modules/.shiplog-setup
inputs=$(cat pnpm-lock.yaml pnpm-workspace.yaml package.json packages/*/package.json examples/*/package.json | cksum)
if [ ! -x node_modules/.bin/node ] || [ "$(cat "$stamp" 2>/dev/null)" != "$inputs" ]; then
  command -v npx >/dev/null 2>&1 || die 'npm is missing: install Node 20 or newer with npm, then run me again'
  pnpm=$(sed -n 's/.*"packageManager": "\(pnpm@[^"+]*\).*/\1/p' package.json)
  say "installing npm packages with $pnpm"
  CI=true npx -y "$pnpm" install --frozen-lockfile </dev/null >&2 ||
    die 'the npm packages could not be installed; what is wrong stands above'
  printf '%s\n' "$inputs" >"$stamp"
fi

# 3. Build, from the .proto files on; takes a second when nothing changed

[ -e packages/cli/bundle/main.cjs ] || say 'building'
{ node scripts/generate.ts && tsc -b && node scripts/bundle.ts; } >&2 || die 'the build failed; what is wrong stands above'
