#!/bin/sh
# src/cli/programs -> dist/programs: bundles, each with its compiled code (code-cache.cjs). As library.sh, it makes all files aside and
# renames each to its name in dist: whoever runs a program meanwhile gets a whole one.
set -eu
cd "$(dirname "$0")/.."
mkdir -p .cache dist/programs
made=$(mktemp -d .cache/programs.XXXXXX)
trap 'rm -rf "$made"' EXIT
external=
for package in lmdb yargs-parser @redis/client yaml prom-client @viz-js/viz; do external="$external --external:$package"; done
# shellcheck disable=SC2086 # a list
esbuild src/cli/programs/*.ts --bundle --platform=node --format=cjs --target=node20.19 $external \
  --supported:dynamic-import=false --outdir="$made" --out-extension:.js=.cjs --log-level=warning
node build/code-cache.cjs "$made"
# other programs, and the code of other bundles; a program without its code compiles itself
for old in dist/programs/*; do [ -e "$made/${old##*/}" ] || rm -f "$old"; done
mv -f "$made"/*.code "$made"/*.cjs dist/programs
