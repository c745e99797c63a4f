#!/bin/sh
# setup.sh [DIR] - makes Debian's sendmail 8.17.1.9 usable as an oracle under DIR (MAILMAPS_ORACLE, or a directory of the
# system's temporary directory), unpacked and never installed. Needs root, apt-get and a Debian 12; repeating it is cheap.
#
#   DIR/debs  the packages      DIR/root  what is in them      DIR/bin/mda  the script that stands for all mailers
#
# Outside DIR it installs missing libraries and tools, and makes an empty /etc/mail, over which the worker mounts its
# scratch directory in a namespace of its own.
set -eu
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
dir=${1:-${MAILMAPS_ORACLE:-${TMPDIR:-/tmp}/sendmail-oracle}}
mkdir -p "$dir/debs" "$dir/root" "$dir/bin"
dir=$(cd "$dir" && pwd)
[ "$(id -u)" = 0 ] || { echo "$0: must be root" >&2; exit 77; }

with_fresh_lists() { "$@" >/dev/null 2>&1 || { apt-get update -q -o Acquire::Retries=10 >/dev/null && "$@" >/dev/null; }; }

missing=
for package in libdb5.3 libldap-2.5-0 liblockfile1 libnsl2 libsasl2-2 libssl3 libwrap0 m4 iproute2 util-linux; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
# shellcheck disable=SC2086 # a list
[ -z "$missing" ] || with_fresh_lists apt-get install -y -q -o Acquire::Retries=10 --no-install-recommends $missing

cd "$dir/debs"
for package in sendmail-bin sendmail-base sendmail-cf; do
  [ -e "$(echo "${package}"_*.deb)" ] || with_fresh_lists apt-get download -q -o Acquire::Retries=10 "$package"
done
if [ ! -e "$dir/root/.unpacked" ]; then
  for package in *.deb; do dpkg -x "$package" "$dir/root"; done
  # run by root and never set-group-id: otherwise the loader ignores the environment, and sendmail insists on a group
  chmod 0755 "$dir/root/usr/libexec/sendmail/sendmail" "$dir/root/usr/libexec/sendmail/mailstats"
  chown -R root:root "$dir/root/usr" "$dir/root/etc"
  : > "$dir/root/.unpacked"
fi

# each delivery appends one line: mailer, sender, host, recipients
cat > "$dir/bin/mda" <<'MDA'
#!/bin/sh
# mda LOG MAILER SENDER HOST RECIPIENT...   (message on stdin, dropped)
cat >/dev/null; log=$1; shift
{ printf '%s' "$1"; shift; for a; do printf '\t%s' "$a"; done; echo; } >> "$log"
MDA
chmod 755 "$dir/bin/mda"
[ -d /etc/mail ] || mkdir /etc/mail
echo "$dir"
