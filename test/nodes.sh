#!/bin/sh
# nodes.sh [VERSION ...] - runs the suite on each version of Node that we support. npm's node-OS-ARCH packages hold the
# plain binaries; they are kept in .cache.
set -u
export NO_COLOR=1
cd "$(dirname "$0")/.." || exit
[ $# -gt 0 ] || set -- 20.19 22 24
platform=$(node -p 'process.platform + "-" + process.arch')
# these ask shells, Debian's Node, vitepress and npm: they say the same on each version
same='--exclude test/deb.test.ts --exclude test/site.test.ts --exclude test/cli/completion.test.ts --exclude test/examples/installed.test.ts'
status=0
for version; do
  directory=$PWD/.cache/node-$version
  bin=$directory/node_modules/node-$platform/bin
  [ -x "$bin/node" ] ||
    npm install --silent --no-save --no-package-lock --prefix "$directory" "node-$platform@$version" || exit
  echo "Node $("$bin/node" --version)"
  PATH=$bin:$PATH "$bin/node" node_modules/vitest/vitest.mjs run --reporter=dot $same || status=1
done
exit $status
