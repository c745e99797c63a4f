/**
 * The actions of root and of others on maps, texts and directories of every owner and mode: shell, run once with
 * sendmail's programs and once with ours, in an empty /etc/mail each time.
 *
 * `show FILE` prints mode, owner and type, `content MAP` its records in order, `as USER COMMAND` gives up root's rights,
 * `$X` is the ending of map files. Every command's status is in what `try COMMAND` prints.
 */
export type Scene = readonly [title: string, script: string];

const forEach = (name: string, values: string, script: string): string =>
  `for ${name} in ${values}; do echo "[$${name}]"; ${script}; done`;

/** With one record made beforehand. */
const MAP = "printf 'a b\\n' | makemap hash t; ";
const TEXT = "printf 'a: b\\n' > aliases; ";

export const SCENES: readonly Scene[] = [
  [
    'modes of maps that are made, by umask',
    forEach(
      'u',
      '000 022 027 077 002 0777 0137 0400',
      `umask $u; printf 'a b\\n' | try makemap hash t$u; show t$u.$X; try makemap hash t$u < /dev/null; show t$u.$X; try editmap -u hash e$u x y; show e$u.$X`,
    ),
  ],
  [
    'modes of maps that are replaced',
    MAP +
      forEach(
        'm',
        '2644 4644 1644 6644 0666 0622 0602 0660 0444 0200 0640 0755 0711 0000',
        `chmod $m t.$X; printf 'a b\\n' | try makemap hash t; show t.$X; try editmap -u hash t x y; try editmap -q hash t a; try praliases -f t a; show t.$X`,
      ),
  ],
  [
    'owners of maps that root replaces',
    `${MAP}${forEach(
      'o',
      'alice alice:alice :alice bob:alice',
      `chmod 666 t.$X; chown $o t.$X; try editmap -u hash t x y; show t.$X; chmod 640 t.$X; try makemap hash t < /dev/null; show t.$X; try editmap -q hash t x; chown root:root t.$X`,
    )}`,
  ],
  [
    'TrustedUser',
    `printf 'O TrustedUser=alice\\n' > cf; ${MAP} try makemap -C cf hash t < /dev/null; show t.$X; try makemap -C cf hash n < /dev/null; show n.$X; try editmap -C cf -x hash t a; show t.$X; try editmap -q hash t a; chmod 600 t.$X; try editmap -q hash t a; try editmap -C cf -q hash t a; printf 'O TrustedUser=nosuch\\n' > cf; try makemap -C cf hash t < /dev/null; show t.$X; printf 'O TrustedUser=2002\\n' > cf; chmod 666 t.$X; try makemap -C cf hash t < /dev/null; show t.$X`,
  ],
  [
    'TrustedUser and aliases',
    `${TEXT} echo 'O TrustedUser=alice' >> sendmail.cf; try newaliases; show aliases.$X; chown bob aliases.$X; try newaliases; show aliases.$X; chown root:root aliases.$X; try newaliases; show aliases.$X; try newaliases -OTrustedUser=bob; show aliases.$X; chown alice aliases; try newaliases`,
  ],
  [
    'links in the place of a map',
    `${MAP} ln -s t.$X s.$X; ln -s new.$X n.$X; for c in 'makemap hash s' 'makemap -o hash s' 'makemap hash n' 'makemap -s hash n' 'makemap -u hash s' 'makemap -u -s hash s' 'editmap -q hash s a' 'editmap -u hash s c d' 'praliases -f s a'; do echo "[$c]"; try $c < /dev/null; done; show s.$X; content t; printf 'a c\\n' | try makemap -s hash s; show s.$X; content t; ls`,
  ],
  [
    'other names of a map',
    `${MAP} ln t.$X h.$X; for c in 'makemap hash t' 'makemap -o hash t' 'makemap -u hash t' 'editmap -q hash h a' 'editmap -u hash h c d' 'praliases -f h a' 'makemap -u -s hash t'; do echo "[$c]"; try $c < /dev/null; done; content h; chmod 755 t.$X; try makemap hash t < /dev/null; chmod 000 t.$X; try makemap hash t < /dev/null`,
  ],
  [
    'directories that others may write',
    `mkdir d; ${forEach('m', '777 775 1777 1775 2775 757', `chmod $m d; printf 'a b\\n' | try makemap hash d/t; try makemap -u hash d/t; try editmap -q hash d/t a; try editmap -u hash d/t c d; try praliases -f hash:d/t a; show d/t.$X; rm d/t.$X`)}; chmod 777 d; mkdir d/e; printf 'a b\\n' | try makemap hash /etc/mail/d/e/t; ln -s d/e l; try makemap -u hash l/t; ln -s ../t.$X d/s.$X; try makemap hash d/s < /dev/null; try makemap -s hash d/s < /dev/null`,
  ],
  [
    'paths as they are written',
    `chmod 777 .; mkdir -p w/e; chmod 777 w; ln -s ./e w/le; ln -s ..//mail/./w odd; ${forEach('n', 't ./t .//t w/./t w/e/../t w/./e/t w//e/t w/le/t odd/t ../mail/t .././mail/t /etc/mail//w//t ./../mail/w/t', "printf 'a b\\n' | try makemap hash $n")}`,
  ],
  [
    'directories of others',
    `mkdir d; chown alice d; printf 'a b\\n' | try makemap hash d/t; show d/t.$X; chmod 700 d; try makemap -u hash d/t; try makemap hash d/t < /dev/null; chown root d; chmod 500 d; try makemap hash d/n < /dev/null; chmod 600 d; try makemap -u hash d/t`,
  ],
  [
    'users without rights',
    `${MAP} chmod 640 t.$X; as alice makemap -u hash t; as alice editmap -q hash t a; as alice praliases -f hash:t; chmod 644 t.$X; as alice makemap -u hash t; as alice editmap -q hash t a; as alice praliases -f t a; printf 'x y\\n' | as alice makemap hash t; as alice editmap -u hash t c d; as alice makemap hash n < /dev/null; content t; chmod 700 .; as alice makemap -u hash /etc/mail/t; chmod 711 .; as alice makemap -u hash /etc/mail/t`,
  ],
  [
    "a user's own maps",
    `mkdir al; chown alice:alice al; cd al; printf 'a b\\n' | as alice makemap hash t; show t.$X; printf 'a c\\n' | as alice makemap hash /etc/mail/al/t; show t.$X; as bob makemap -u hash t; chmod 644 t.$X; as bob makemap -u hash t; as bob editmap -u hash t a d; chmod 400 t.$X; as alice editmap -u hash t a d; as alice makemap -u hash t; cd ..; printf 'a c\\n' | try makemap hash al/t; content al/t`,
  ],
  [
    'text of aliases',
    forEach(
      'm',
      '644 600 640 664 646 666 755 744 400 000 200 444 4644 2644 1644',
      `${TEXT} rm -f aliases.$X; chmod $m aliases; try newaliases; show aliases.$X; chown alice:alice aliases; try newaliases; chown root:root aliases`,
    ),
  ],
  [
    'text of aliases that is no file of its own',
    `printf 'a: b\\n' > real; ln -s real aliases; try newaliases; show aliases.$X; rm -f aliases*; ln real aliases; try newaliases; rm aliases; mkdir aliases; try newaliases; rmdir aliases; ln -s nosuch aliases; try newaliases; rm aliases; ln -s /dev/null aliases; try newaliases; rm aliases; ln -s aliases aliases; try newaliases`,
  ],
  [
    'maps of aliases, by mode and owner',
    `${TEXT} try newaliases; ${forEach('m', '644 600 664 666 755 400 000 200 444 2644', 'chmod $m aliases.$X; try newaliases; show aliases.$X')}; chown alice aliases.$X; ${forEach('m', '600 640 604 644 606 602', 'chmod $m aliases.$X; try newaliases; show aliases.$X')}`,
  ],
  [
    'maps of aliases that are no files of their own',
    `printf 'a: b\\n' > f; ${forEach('t', "'' hash: btree: implicit: 'hash:-o '", `for s in 'ln -s real.$X f.$X' 'mkdir f.$X' 'ln -s nosuch f.$X' 'makemap hash o < /dev/null; ln o.$X f.$X'; do echo "$s"; eval "$s"; try newaliases "-OAliasFile=$t/etc/mail/f"; rm -rf f.$X; done`)}`,
  ],
  [
    'directories of aliases',
    `mkdir d; printf 'a: b\\n' > d/f; ${forEach('m', '755 775 777 1777 1775 700 711 2755', `chmod $m d; for t in '' hash: 'hash:-o '; do rm -f d/f.$X; try newaliases "-OAliasFile=$t/etc/mail/d/f"; show d/f.$X; done; for b in MapInUnsafeDirPath TrustStickyBit GroupWritableDirPathSafe; do rm -f d/f.$X; try newaliases -ODontBlameSendmail=$b -oA/etc/mail/d/f; show d/f.$X; done`)}; mkdir d/e; cp d/f d/e; chmod 777 d; try newaliases -oA/etc/mail/d/e/f; ln -s d l; try newaliases -oA/etc/mail/l/f; chown alice d; chmod 755 d; try newaliases -oA/etc/mail/d/f`,
  ],
  [
    'umask and aliases',
    TEXT + forEach('u', '000 022 077 0777', 'umask $u; rm -f aliases.$X; try newaliases; show aliases.$X'),
  ],
  [
    'sendmail.cf that others may write',
    `${TEXT}${forEach('m', '664 666 646 600 000 755 777', 'chmod $m sendmail.cf; try newaliases; try makemap hash t < /dev/null; try praliases @')}; chmod 644 sendmail.cf; chown alice sendmail.cf; try newaliases`,
  ],
  [
    'class files',
    `printf 'a@x.example: b\\n' > aliases; printf 'x.example\\n' > local-host-names; ${forEach('m', '664 666 600 000 755', 'chmod $m local-host-names; try newaliases')}; rm -f local-host-names; mkdir local-host-names; try newaliases; rmdir local-host-names; try newaliases; mkdir d; printf 'x.example\\n' > d/y; chmod 777 d; ln -s d/y local-host-names; try newaliases; echo 'Fw-o /etc/mail/d/y' >> sendmail.cf; try newaliases; echo 'Fw-o /etc/mail/d' >> sendmail.cf; try newaliases; echo 'Fw/etc/mail/d/y' >> sendmail.cf; try newaliases; try newaliases -ODontBlameSendmail=ClassFileInUnsafeDirPath; chmod 775 d; try newaliases`,
  ],
  [
    'ways that lead nowhere',
    `printf 'x.example\\n' > real; ln -s l l; long=$(printf '%0300d' 0); mkdir -m 700 shut; printf 'a: b\\n' > shut/f; ${forEach('f', '/etc/mail/l/f /etc/mail/real/f /etc/mail/real/x/f /etc/mail/none/f /etc/mail/none/../real /etc/mail/l', 'for t in "" hash: "hash:-o "; do try newaliases "-OAliasFile=$t$f"; done; echo "Fw$f" > with; cat sendmail.cf >> with; try newaliases -C with; echo "Fw-o $f" > with; cat sendmail.cf >> with; try newaliases -C with; try newaliases -C $f; try makemap hash $f < /dev/null; try makemap -u hash $f; try editmap -q hash $f a; try praliases -f $f; try praliases -f hash:$f')}; try newaliases -oA/etc/mail/$long; for c in 'newaliases -C /etc/mail/shut/f' 'makemap hash /etc/mail/shut/f' 'makemap -C /etc/mail/shut/f hash t'; do as alice $c < /dev/null; done`,
  ],
];
