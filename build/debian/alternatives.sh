# The names of our programs that other mail servers have too. A name is free if nothing is there, or an alternative of
# ours: a file or link of another package is never replaced. update-alternatives would replace and remove links of
# others, so it only sees free names.
NAMES='/usr/sbin/makemap /usr/sbin/editmap /usr/sbin/praliases /usr/bin/newaliases'

is_free() {
    [ ! -e "$1" ] && [ ! -L "$1" ] || [ "$(readlink "$1")" = "/etc/alternatives/mailmaps-${1##*/}" ]
}

# The file of another package stands aside meanwhile. It comes back in any case, also where an earlier run was killed.
forget() {
    aside="$1.mailmaps-aside"
    is_free "$1" || mv "$1" "$aside"
    failed=
    update-alternatives --remove "mailmaps-${1##*/}" "/usr/bin/mailmaps-${1##*/}" || failed=yes
    if [ -e "$aside" ] || [ -L "$aside" ]; then
        mv "$aside" "$1"
    fi
    [ -z "$failed" ]
}
