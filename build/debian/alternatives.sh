# The names of our programs that other mail servers have too. A name is free if nothing is there, or an alternative of
# ours: a file or link of another package is never replaced. update-alternatives would replace and remove links of
# others, so it only sees free names.
NAMES='/usr/sbin/makemap /usr/sbin/editmap /usr/sbin/praliases /usr/bin/newaliases'

is_free() {
    [ ! -e "$1" ] && [ ! -L "$1" ] || [ "$(readlink "$1")" = "/etc/alternatives/mailmaps-${1##*/}" ]
}

forget() {
    aside=
    if ! is_free "$1"; then
        aside="$1.mailmaps-aside"
        mv "$1" "$aside"
    fi
    update-alternatives --remove "mailmaps-${1##*/}" "/usr/bin/mailmaps-${1##*/}"
    [ -z "$aside" ] || mv "$aside" "$1"
}
