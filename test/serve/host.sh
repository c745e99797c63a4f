#!/bin/sh
# A host of its own in a mount namespace: /etc, /usr/local/bin, /var/mail and Postfix's directories are below SCRATCH;
# everything else is the machine's. Runs the commands that come on standard input, a line each, and writes the exit
# status of each behind its output. Ends with its input.
#
#   unshare --mount --propagation private sh host.sh SCRATCH PROJECT NODE PORT
set -e
scratch=$1 project=$2 node=$3 port=$4

mkdir -p "$scratch/etc" "$scratch/spool" "$scratch/lib" "$scratch/mail" "$scratch/bin" "$scratch/project"
touch "$scratch/node"
mount --bind "$node" "$scratch/node"
mount --bind "$project" "$scratch/project"
ln -s "$scratch/node" "$scratch/bin/node"
for program in makemap newaliases mailmaps; do
  ln -s "$scratch/project/bin/$program.cjs" "$scratch/bin/$program"
done

cp -a /etc/. "$scratch/etc"
rm -rf "$scratch/etc/mail" "$scratch/etc/postfix/main.cf"
cp -r "$project/examples/etc-mail" "$scratch/etc/mail"
chmod -R u=rwX,go=rX "$scratch/etc/mail"
for user in alice:61001 bob:61002 carol:61003; do
  echo "${user%:*}:x:${user#*:}:61000::/nonexistent:/bin/sh" >> "$scratch/etc/passwd"
done
sed "s/^smtp  *inet/127.0.0.1:$port inet/" /etc/postfix/master.cf.proto > "$scratch/etc/postfix/master.cf"
rm -f "$scratch/etc/resolv.conf"
cp "$scratch/resolv.conf" "$scratch/etc/resolv.conf"
chmod 1777 "$scratch/mail"
chown postfix "$scratch/lib"

mount --bind "$scratch/etc" /etc
mount --bind "$scratch/spool" /var/spool/postfix
mount --bind "$scratch/lib" /var/lib/postfix
mount --bind "$scratch/mail" /var/mail
mount --bind "$scratch/bin" /usr/local/bin

printf '%s\n' '#!/bin/sh' 'cat > /var/mail/ticket' > /usr/local/bin/ticket
chmod 755 /usr/local/bin/ticket
touch /var/mail/archive
chown nobody /var/mail/archive

set +e
while IFS= read -r command; do
  (eval "$command") < /dev/null 2>&1
  echo "[status $?]"
done
