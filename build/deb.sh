#!/bin/sh
# The package as npm publishes it -> mailmaps_VERSION_ARCH.deb in .cache/deb, with Debian's own tools (debhelper).
# The run-time packages come with it, for Debian has most of them in other versions; Node does not.
set -eu
cd "$(dirname "$0")/.."
out=$PWD/.cache/deb
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
version=$(node -p 'require("./package.json").version')

npm run --silent build:sbom
npm pack --ignore-scripts --silent --pack-destination "$scratch" >/dev/null
tar -xzf "$scratch/mailmaps-$version.tgz" -C "$scratch"
cd "$scratch/package"
install_quietly() { npm install --omit=dev --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error "$@" >/dev/null; }
cp "$OLDPWD/package-lock.json" .
# the optional peers too: nobody can add them to an installed package
install_quietly --no-save $(node -p 'Object.entries(require("./package.json").peerDependencies).map(([n, v]) => n + "@" + v).join(" ")')

# what runs, and the licences: no sources of addons, no types, no binaries for other systems
find node_modules \( -name '*.node' -a ! -name 'node.napi.glibc.node' \) -delete
find node_modules \( -name '*.d.ts' -o -name '*.d.cts' -o -name '*.map' -o -name '*.gyp' -o -name '.*.json' -o -name '.npmignore' -o -name '.prettier*' -o -name '.eslint*' -o -name '.travis*' -o -name '*.png' \) -type f -delete
find node_modules -name '.claude' -prune -exec rm -rf {} +
rm -rf node_modules/.bin node_modules/lmdb/dependencies node_modules/lmdb/src node_modules/lmdb/dict node_modules/lmdb/bin \
  node_modules/node-addon-api node_modules/msgpackr-extract node_modules/@msgpackr-extract
rm -f node_modules/yaml/bin.mjs
(cd node_modules/node-gyp-build-optional-packages && rm -f bin.js build-test.js optional.js)
find node_modules -type f ! -name '*.node' -exec chmod 644 {} +

cp -r "$OLDPWD/build/debian" .
mkdir debian/man debian/completions debian/units
for page in makemap.8 editmap.8 praliases.8 newaliases.1; do cp "bin/$page" "debian/man/mailmaps-$page"; done
cp dist/completions/mailmaps.bash debian/completions/mailmaps
for name in makemap editmap praliases newaliases; do ln -s mailmaps "debian/completions/$name"; done
for unit in examples/serve/mailmaps-*; do
  sed 's|/usr/bin/env mailmaps|/usr/bin/mailmaps|' "$unit" > "debian/units/$(basename "$unit")"
done
cat > debian/changelog <<END
mailmaps ($version) unstable; urgency=medium

  * CHANGELOG.md has the changes.

 -- mailmaps maintainers <maintainers@mailmaps.example>  $(date -uR -d "@${SOURCE_DATE_EPOCH:-$(git -C "$OLDPWD" log -1 --format=%ct)}")
END
dpkg-buildpackage -b -us -uc -rfakeroot > "$scratch/log" 2>&1 || { cat "$scratch/log" >&2; exit 1; }
rm -rf "$out"
mkdir -p "$out"
mv "$scratch"/mailmaps_*.deb "$out"
ls "$out"/*.deb
