#!/bin/sh
# dist/programs -> the completion scripts, under the names that the shells look for.
set -eu
mkdir -p dist/completions
node bin/mailmaps.cjs completion bash > dist/completions/mailmaps.bash
node bin/mailmaps.cjs completion zsh > dist/completions/_mailmaps
node bin/mailmaps.cjs completion fish > dist/completions/mailmaps.fish
