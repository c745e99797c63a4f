#!/bin/sh
# src -> dist/**.js, dist/index.d.ts and dist/review.d.ts. All files are made aside; each that is new or another is then renamed to
# its name in dist, and those of removed sources are removed. So programs that use dist meanwhile find whole files, and a build of
# the same sources changes nothing.
set -eu
cd "$(dirname "$0")/.."
mkdir -p .cache dist
made=$(mktemp -d .cache/library.XXXXXX)
trap 'rm -rf "$made"' EXIT
tsc -p tsconfig.build.json --outDir "$made/dist"
node build/flat-types.mjs "$made/dist"
(cd "$made/dist" && find . -type f) > "$made/files"
while read -r file; do
  cmp -s "$made/dist/$file" "dist/$file" && continue
  mkdir -p "dist/$(dirname "$file")"
  mv -f "$made/dist/$file" "dist/$file"
done < "$made/files"
# the other builds keep their files clean themselves
(cd dist && find . -path ./programs -prune -o -path ./completions -prune -o -name sbom.cdx.json -o -type f -print) |
  grep -Fxv -f "$made/files" | while read -r file; do
  rm -f "dist/$file"
  # its directories, as far as they are empty
  (cd dist && rmdir -p "$(dirname "$file")" 2>/dev/null) || true
done
