#!/bin/sh
# namespaces.sh WORKER CACHE - runs `node WORKER CACHE` where the real programs can do no harm: in mount, host-name,
# network and IPC namespaces of its own, in which /etc/mail and a few files of /etc are scratch copies, everything else
# is read-only, and nothing listens outside. The scratch directory goes when the worker ends. Needs root.
set -eu

if [ "$1" != inside ]; then
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/mailmaps-oracle.XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
  trap '' INT TERM
  chmod 755 "$scratch"
  [ -d /etc/mail ] || mkdir /etc/mail
  unshare --mount --uts --net --ipc sh "$0" inside "$scratch" "$@"
  exit
fi

scratch=$2 worker=$3 cache=$4
mkdir "$scratch/etc-mail" "$scratch/etc"
mount --bind "$scratch/etc-mail" /etc/mail
for name in passwd group hosts shells nsswitch.conf resolv.conf; do
  : > "$scratch/etc/$name"
  [ ! -e "/etc/$name" ] || mount --bind "$scratch/etc/$name" "/etc/$name"
done
# an alias that names a file cannot write outside /etc/mail
mount -o remount,bind,ro /
# sendmail sleeps a minute at start when the host name has no dot
hostname mail.oracle.test
ip link set lo up
exec node "$worker" "$cache"
