#!/bin/sh
# entrypoint.sh CAPABILITY [ARGUMENT...]: knockgate with ARGUMENTs as user node, with that one capability and no other.
#
# Docker gives added capabilities to root only: a container with a `user:` has none of them in force (no ambient set,
# capabilities(7)). So it starts as root, which SETUID and SETGID let it cease to be; after that they are gone too.
set -eu

keep=$1
shift
# exec, to be process 1 that gets the signals of `docker stop`.
exec setpriv --reuid node --regid node --clear-groups \
  --inh-caps="-all,+$keep" --ambient-caps="-all,+$keep" \
  -- node /app/dist/apps/cli/main.js "$@"
