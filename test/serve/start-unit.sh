#!/bin/sh
# The part of systemd that a server notices of its .socket and .service: makes the socket with its group and mode;
# with the first connection starts the command, as a user of its own in the supplementary groups; starts it again, without
# end, when it is over. Runs in the background; its pid is the only output.
#
#   sh start-unit.sh UNIT-WITHOUT-SUFFIX LOG
unit=$1 log=$2
# a uid as systemd gives to DynamicUser=
uid=61999

setting() { sed -n "s/^$2=//p" "$unit.$1"; }

path=$(setting socket ListenStream)
mkdir -p -m "$(setting socket DirectoryMode)" "$(dirname "$path")"
export command="$(setting service ExecStart)" pause="$(setting service RestartSec)"
export name="$(setting socket FileDescriptorName)" uid
export group=$(getent group "$(setting service SupplementaryGroups)" | cut -d: -f3)
systemd-socket-activate -l "$path" --fdname="$name" -E command -E pause -E name -E uid -E group sh -c '
  trap "kill \$child; exit" TERM
  while :; do
    setpriv --reuid "$uid" --regid "$uid" --groups "$group" --no-new-privs --bounding-set -all \
      sh -c "LISTEN_PID=\$\$ LISTEN_FDS=1 LISTEN_FDNAMES=\$name exec $command" &
    child=$!
    wait $child
    sleep "$pause"
  done' >> "$log" 2>&1 &
echo $!
while ! [ -S "$path" ]; do sleep 0.1; done
chgrp "$(setting socket SocketGroup)" "$path"
chmod "$(setting socket SocketMode)" "$path"
