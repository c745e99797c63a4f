#!/bin/sh
# nodes.sh [VERSION ...] - runs the suite on each version of Node that we support. npm's node-OS-ARCH packages hold the
# plain binaries; they are kept in .cache.
set -u
export NO_COLOR=1
cd "$(dirname "$0")/.." || exit
[ $# -gt 0 ] || set -- 20.19 22 24
platform=$(node -p 'process.platform + "-" + process.arch')
# these ask other programs (shells, Debian's Node, vitepress, npm, a browser, Postfix, Redis), kill and starve our own for minutes,
# or read the project's own texts: they say the same on each version
same=
for test in deb site package regexes documented cli/completion examples/installed examples/container-built review/diff \
  review/doctor review/report conformance/corpus faults/inputs faults/machine faults/others publish/failures serve/postfix; do
  same="$same --exclude test/$test.test.ts"
done
status=0
for version; do
  directory=$PWD/.cache/node-$version
  bin=$directory/node_modules/node-$platform/bin
  [ -x "$bin/node" ] ||
    npm install --silent --no-save --no-package-lock --prefix "$directory" "node-$platform@$version" || exit
  echo "Node $("$bin/node" --version)"
  TEST_RUN=node-$version PATH=$bin:$PATH "$bin/node" node_modules/vitest/vitest.mjs run $same || status=1
done
exit $status
