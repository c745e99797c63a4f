#!/bin/sh
# dist/programs -> the completion scripts, under the names that the shells look for. They are renamed into dist, as in library.sh.
set -eu
cd "$(dirname "$0")/.."
mkdir -p .cache dist/completions
made=$(mktemp -d .cache/completions.XXXXXX)
trap 'rm -rf "$made"' EXIT
node bin/mailmaps.cjs completion bash > "$made/mailmaps.bash"
node bin/mailmaps.cjs completion zsh > "$made/_mailmaps"
node bin/mailmaps.cjs completion fish > "$made/mailmaps.fish"
mv -f "$made"/* dist/completions
