#!/bin/sh
# src -> dist/**.js, dist/index.d.ts and dist/review.d.ts. All files are made aside; each that is new or another is then renamed to
# its name in dist. So programs that use dist meanwhile find whole files, and a build of the same sources changes nothing.
set -eu
cd "$(dirname "$0")/.."
mkdir -p .cache dist
made=$(mktemp -d .cache/library.XXXXXX)
trap 'rm -rf "$made"' EXIT
tsc -p tsconfig.build.json --outDir "$made"
node build/flat-types.mjs "$made"
(cd "$made" && find . -type f) | while read -r file; do
  cmp -s "$made/$file" "dist/$file" && continue
  mkdir -p "dist/$(dirname "$file")"
  mv -f "$made/$file" "dist/$file"
done
