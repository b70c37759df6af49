#!/bin/sh
# The prepack of every package. Only pnpm writes versions where its package.json says `catalog:` and `workspace:^`; what
# npm packs cannot be installed.
case ${npm_config_user_agent-} in
  pnpm/*) ;;
  *)
    echo 'this package can be packed by pnpm only: use "pnpm publish", or "pnpm pack"' >&2
    exit 1
    ;;
esac
