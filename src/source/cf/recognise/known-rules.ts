/**
 * The rules that sendmail-cf's m4 writes, by their marks, and the features for which it writes each: the rules of a
 * sendmail.cf are compared with them.
 *
 * A row is `mark:condition`, in the order of the rules; `mark#2` is a second rule with the same mark. Conditions are
 * numbers in base 36 into {@link CONDITIONS}: items of `recognise`, `!` not, `&` and, `|` or; `+` always, `?`
 * sometimes, `*` any number of times anywhere; `^` at the end: only in 8.17.
 * Source: some five thousand random sendmail.mc of 8.17.1, and files of 8.12 to 8.18.
 */

export const CONDITIONS: readonly string[] = `
  + ? * !MASQUERADE_AS !accept_unqualified_senders !accept_unqualified_senders^ !accept_unresolvable_domains
  !access_db !access_db&!sts !access_db&!sts^
  !access_db:relaytofulladdress&!relay_hosts_only&access_db&!promiscuous_relay !allmasquerade !authinfo&access_db
  !define:confREJECT_MSG&access_db !delay_checks !greet_pause:* !local_no_masquerade !loose_relay_check !mailertable
  !masquerade_entire_domain !masquerade_envelope !nocanonify !nocanonify&!nouucp&!define:UUCP_RELAY
  !nocanonify|nocanonify:canonify_hosts !nopercenthack !nouucp !nouucp&!accept_unqualified_senders
  !preserve_local_plus_detail !promiscuous_relay !promiscuous_relay|blocklist_recipients !queuegroup:*
  !relay_hosts_only !relay_hosts_only&!promiscuous_relay !relay_hosts_only&access_db !stickyhost +^ MASQUERADE_AS
  MASQUERADE_AS&!limited_masquerade MASQUERADE_AS&!masquerade_entire_domain accept_unresolvable_domains access_db
  access_db&!promiscuous_relay access_db:lookupdotdomain access_db:relaytofulladdress&!relay_hosts_only access_db:skip
  access_db:skip&blocklist_recipients access_db^ access_db|sts access_db|sts^ allmasquerade&!local_no_masquerade
  always_add_domain authinfo badmx bcc bestmx_is_local bestmx_is_local&!bestmx_is_local:* bestmx_is_local:* bitdomain
  block_bad_helo&!delay_checks block_bad_helo&delay_checks blocklist_recipients
  blocklist_recipients&!promiscuous_relay blocklist_recipients^ conncontrol&!conncontrol:nodelay conncontrol:nodelay
  define:BITNET_RELAY define:DECNET_RELAY define:DECNET_RELAY^ define:LOCAL_RELAY
  define:LUSER_RELAY&!preserve_local_plus_detail define:MAIL_HUB define:UUCP_RELAY define:UUCP_RELAY&!nouucp
  define:_NO_VIRTUSER_RECURSION_ define:_VIRTUSER_STOP_ONE_LEVEL_RECURSION_ define:confREJECT_MSG delay_checks
  delay_checks&blocklist_recipients&!delay_checks:,n delay_checks:friend delay_checks:friend|delay_checks:hater
  delay_checks:hater domaintable drac generics_entire_domain genericstable genericstable&!generics_entire_domain
  greet_pause:*&access_db ldap_routing loose_relay_check mailertable masquerade_entire_domain
  masquerade_entire_domain&MASQUERADE_AS masquerade_envelope nocanonify nopercenthack:reject nouucp:reject
  preserve_local_plus_detail preserve_local_plus_detail&define:LUSER_RELAY preserve_luser_host
  preserve_luser_host&!preserve_local_plus_detail promiscuous_relay&block_bad_helo&!delay_checks queuegroup:*
  ratecontrol&!ratecontrol:nodelay ratecontrol:nodelay redirect relay_based_on_MX relay_based_on_MX&!promiscuous_relay
  relay_entire_domain relay_entire_domain&!promiscuous_relay relay_hosts_only relay_hosts_only&!promiscuous_relay
  relay_hosts_only&!access_db:relaytofulladdress&access_db&!promiscuous_relay relay_hosts_only&access_db
  relay_hosts_only&access_db&!promiscuous_relay relay_hosts_only&access_db:relaytofulladdress relay_local_from
  relay_local_from|relay_mail_from relay_mail_from relay_mail_from&!relay_mail_from:domain
  relay_mail_from:domain&!relay_hosts_only relay_mail_from:domain&relay_hosts_only require_rdns stickyhost sts
  use_client_ptr use_client_ptr&!delay_checks uucpdomain virtuser_entire_domain virtusertable
  virtusertable&!define:_NO_VIRTUSER_RECURSION_ virtusertable&!virtuser_entire_domain
`
  .trim()
  .split(/\s+/);

/** Rulesets whose repeated rules have no fixed order. */
export const REPEATED_ANYWHERE: ReadonlySet<string> = new Set(['Rcpt_ok']);

/** The known rulesets; those without rules are for local rules. */
export const KNOWN_RULES: Readonly<Record<string, string>> = {
  A: `1bl2zcg:0 qyb9q9:0 1hazlao:18 unclrq:0 yc8bfy:0 142gp0i:0 dwakh0:0 1tp09xu:0 ove6gt:0`,
  AddDomain: `s77mp2:1e 1kba2s6:1e`,
  BCC: `vsl87n:0 1j27hez:0 jrur0b:0 7dwz0q:0`,
  BadMX: `hu8kf0:0 1jx5kcs:0 1dtsyzq:0 3acxu0:0 814xcm:0 rbik9m:0 814xcm#2:0 c4mojf:0 1xhqr83:0`,
  Basic_check_mail: `
    fgeqqc:0 15nc4ij:0 16073mw:0 1r98brs:0 aaoy0h:0 d54zup:0 lgmpp2:0 14evhf:4 ovas7d:4 1i28y59:4 br7ysd:4 1btiam4:4
    yhbkt7:4 cb66rs:4 gwcj93:4 6xofzn:4 cy1qz:5 1s3rozf:5 1rs74rf:4 1hkcsrv:1 4v8zaz:q 1jecnut:4 y7tm3p:4 mvqv94:4
    11641qw:4 1kcxlo6:0 ef5clo:0 i92zte:0 1d4mvoq:0 ojda95:6 1vvh5we:6 9hg8vz:13 9snw5l:14 n3u11i:14 hu0qaf:14
    60w1v9:14 188xa6t:14 1tzvk1c:14 1x9monl:4 186feyf:4 cb66rs#2:4 g3bcb2:4 4nzbwp:4 1485zpb:4 18qpshc:0 1pjrvpb:1
    1n0hfdn:z ukclpa:0 sek2b:0 akv8g1:14 1lryprz:14 14v55tw:1a 3rwczi:23 7dtw9x:d 1rr1h7l:14 1fmsgss:14 syy1kr:14
    1jhsa5o:14 vmhrsd:1g slbleg:1g`,
  Basic_check_rcpt: `
    op2plz:0 4q3vkh:0 fgeqqc:0 15nc4ij:0 16073mw:0 83rpho:0 1rhulxf:0 1fi7av4:0 zobz8a:s 1lze78c:s m955aw:s dsm7wn:s
    slbleg:s gps1te:s z1ve5b:s 1gczno2:s`,
  Basic_check_relay: `
    eoqv3c:2 18wxxfm:2 veqt8n:2 7d03ci:2 rwnaku:2 ve0kif:2 19yed8h:2 1chck1l:2 ik10rx:2 7grik0:2 v03aqw:2 xhvdfw:2
    1b2f0wv:2 vyfemq:2 12jxoja:2 17lf0ks:2 1poszd5:2 usx9fi:2 15rm70s:2 fjo5xy:2 194y44d:2 1vffptb:2 108dx2q:2
    1tlh7ut:2 1qh07ct:2 fgeqqc:0 15nc4ij:0 16073mw:0 oius2k:14 ndwriv:d ajv1dc:23 1xdun4t:14 1ukdk6i:1a cvltjj:14
    ofmoke:14 15wnnkl:14 nw2gji:14 iiy1ib:2u 4cgcjb:1r 1lv3qrv:3d 1tvqz0c:3d 5s2pgy:3d 1yfgm8u:3d jjjsae:3d
    uspj35:3d`,
  CanonAddr: `1tnj993:0`,
  CanonLocal: `llprxa:0 f02udz:0 wuwkem:0 10040k7:0 otqt5c:0 1r8jk96:0 1rgove4:0 1jhdfjb:0`,
  Canonify2: `
    af3gxi:0 jj0isx:0 12rzdi3:p 16hczwh:0 9dajrw:0 1hb9jl1:0 1eirbew:29 b95v57:1l t4laxy:3i 10mg1mb:20 1l78ve7:m
    elbkgc:m 1jma8tn:0 1kud51o:0 ssf466:l auupjn:l yv6iaw:2l iyrn1l:2l q1ms6:2l 6apcsu:2l 1ezh7f7:n cb66rs:0
    10ufxuy:0 falils:j 1h3yszg:2i 1nl3wdc:3j qch8s4:3m 1m1dhga:2d 1keci42:2b 4nx068:0`,
  ConnControl: `65resd:0 1fouask:0 zh4mv1:0 b5arwl:0 1nqhidm:0 12ly883:0 cr78cf:0`,
  D: `
    ott0gr:0 qyb9q9:0 xmtc0c:16 30kumq:16 1hazlao:18 1htslef:0 n96w2z:0 12xoczl:0 442bf6:0 dwakh0:0 1tp09xu:0
    ove6gt:0`,
  DANE_disabled: `xnfn7u:0 beqv9m:0 1kp5j6b:0 g7ajt8:0 rnnc7y:0`,
  Delay_TLS_Clt: `1r98brs:0 aaoy0h:0 1x73utw:0 16zgjku:0`,
  Delay_TLS_Clt2: `1r98brs:0 aaoy0h:0 7mckrr:0 17x9z6d:0`,
  DomainMapLookup: `
    1bcz3f2:0 1kekzq7:0 16wfhcs:0 11t6c7m:0 14vdtp8:0 10u9mde:0 t1g9vy:0 bga8yn:0 rys2xd:0 s7531m:0 8zimvt:0
    1kmfymi:0 dqnd2b:0`,
  E: `4z5fq8:0 1sm5j5w:0 qobc7d:0 fbch36:0 1wihmup:0`,
  EnvFromL: `11fq4iq:0 4rd89a:0 y6e06f:0 1wawtne:g`,
  EnvFromSMTP: `16jhg0l:0 dpigtr:0 79nwej:0 1evez7l:0`,
  EnvFromUD: `11fq4iq:0 9u88wi:0`,
  EnvFromUUD: `11fq4iq:0 i2rw30:0 1r3lkoo:0 dge3td:0 lrdtoc:0 jpb6im:0 pj8bz5:0`,
  EnvToL: `sx62q4:0 u6s47w:z m15ps5:z 1ptucjf:z`,
  EnvToSMTP: `16jhg0l:0 bhhd76:0 hv1rwq:0`,
  EnvToU: `1qu4lf:0 1r3lkoo:0 ihp3pz:0 j0lwt3:0 cz6yyk:0 1wioqlq:0 w45h3f:0`,
  F: `1ht657b:0 1sm5j5w:0 q12wtu:0 xfayz8:0 6ugho1:0 1uhgwkh:0 qobc7d:0 fbch36:0 1wihmup:0`,
  FromU: `
    11fq4iq:0 1qu4lf:0 1r3lkoo:0 ihp3pz:0 j0lwt3:0 cz6yyk:0 1wioqlq:0 w45h3f:0 138n2gq:0 1lk3rzi:0 u3du0m:0
    1chqx7f:0`,
  FullAddr: `1t12wwi:0 cyu4xx:0 kv49aq:0`,
  HdrFromL: `11fq4iq:0 4rd89a:0 y6e06f:0 285b81:g`,
  HdrFromSMTP: `16jhg0l:0 1qu4lf:0 lzy749:0 fh1kll:0 79nwej:0 8p4eam:0`,
  HdrToL: `y6e06f:0 285b81:1d hv1rwq:b`,
  HdrToU: `
    1qu4lf:0 1r3lkoo:0 ihp3pz:0 j0lwt3:0 cz6yyk:0 1wioqlq:0 w45h3f:0 138n2gq:0 1lk3rzi:0 u3du0m:0 1chqx7f:0`,
  LDAPExpand: `
    1bt6wk7:0 1g02vb5:0 1kmfus7:0 1nr8t1v:1 4enhw3:0 1qyxhfv:1 1gqcnuu:1 r86zrm:0 iqoz2:0 6e324f:1 kehhtr:i ppqtsj:1
    gdjgpf:2h 16nc982:0 vgw52x:i 1knialh:2h 12z5ih2:1 jm14bd:1 shg93w:1 1egwks0:1 iyuekh:1 wcdnrc:1 dramma:1
    1xts8q4:1`,
  LDAPMailertable: `vay6s1:0 102pvbo:0 1n4srj:0 6pcjyn:0 17cut4b:0`,
  Local_Relay_Auth: ``,
  Local_check_mail: ``,
  Local_check_rcpt: ``,
  Local_check_relay: ``,
  Local_greet_pause: ``,
  Local_localaddr: `1cl66oi:1 haiups:1 zch9wu:1 nu1cgy:1`,
  Local_trust_auth: ``,
  MailerToTriple: `x7za6z:0 1yhpjw9:0 1iielz0:0 1ybt9fq:0 o07s62:0 11fvinv:0 19j9ibp:0 k6e5ue:0 17cut4b:0`,
  Mailertable: `1ewo254:0 1p4bvjv:0 5ptqyl:0 vtbfp3:0 102pvbo:0 yiveu2:0`,
  MasqEnv: `1tg8674:2k hv1rwq:k`,
  MasqHdr: `
    6dxol9:2b 9isrkb:2d 1vzo66b:2c 1sp94a6:2c cdlnid:2c 1j7a3bf:2c s0s49o:2c zcz2or:2c ra2zlx:2c fsozt9:2c
    116ktj8:2c 1vxs65c:2c dmt5h4:2c cpalet:2c 1m5e0dd:0 1i2adny:10 1sswek6:2j auwrqh:12 cozxzj:11 1qg8xz3:2j
    7f8dap:12 1ou4vgb:11 7zt5cr:10 1sg4pmt:10 1n50slo:10 hr83c:3`,
  MasqRelay: `bhhd76:0 8p4eam:0`,
  MasqSMTP: `s77mp2:0 1kba2s6:0`,
  Parse0: `
    h5d5zi:0 1dl67lb:0 1blj9ov:0 14x6469:0 1ogywzv:0 1p6lcy5:0 1gf2awv:0 kz0qen:0 1rgejw8:0 1kk66qt:0 1j57cf4:0
    cx7yot:0 1if8vqv:0 19va2jz:0 v3ubwh:0 1ui78aw:0 jl4wen:0 wvyaff:0 1bqpnc6:0 1rll0q2:0 dul1sj:0 1ai9iiq:0
    nhwu1z:0 hd2645:0 ag6php:0 1i6vhd0:0 1g1k4a7:1h 157qs0r:1`,
  Parse1: `
    8oz7zx:2f d6fila:2f 1atp0yn:0 1wc93t8:0 155yvas:0 1qdgk2g:0 1tcekzx:0 1lwzhdv:22 ie6t0n:22 txcgme:22 b1te0x:22
    16tx7od:3k 8ep5ok:3j dpbalk:3m a1v826:3k 121ve61:3k d5ygwt:3k 4z3sck:3k x5msxv:3k 1i78ubl:3k 1tcb7fr:3k
    encs99:3k 1c0bej6:3k 1b77o0h:3k 1yhpjw9:3k hgp0zy:3k 16sgham:22 qsx3jz:22 1jxkktj:22 1a1ur9k:21 1tyrsnb:3l
    1256r93:1 18wase7:y kop3x1:y e4tplm:3e vkoduy:3e 1jivuto:3e zuhlp0:3e gc4fyx:2h e2ra4u:2h vay6s1:2h 102pvbo:2h
    100gmek:2h 13zmwia:1 1veyr5b:1 dpd0ij:1 8onxqe:1t 1fr44p:1u 13puprh:1 1d43fni:1 11d7rtg:1z 1wrekzy:1 17thhwv:1
    1f91qyu:1k zwgqma:1j 175rymh:1i asspcm:1i 1azkqdt:1i mah543:1i 9kbq2y:0 1y2bqxx:0 93olkz:0 sgpwot:0`,
  ParseBcc: `1pogh2h:0 1bkydrb:0 42pxq0:0`,
  ParseLocal: `v4g3z4:2w 1g5wief:2w qp5qo:2w zykalr:1 1i2rmhu:1`,
  ParseRecipient: `
    1kcxlo6:0 1msogg7:0 1o4xjam:0 cwfqog:0 scwxy6:0 18shfe8:2z llxx6m:31 d28mu6:34 d1weir:34 1i3nkyh:v th1yx2:x
    s2ntvp:x rgezlp:2x 78357o:2x gw1yhf:2x 1v6cl5f:2x 1flxfsc:0 c8g8l1:0`,
  PseudoToReal: `
    jpz62i:0 podapy:1t 1se70mq:1t ytiosl:p 1lqgsgt:p p7q2yy:p in3qdh:p 1b5jg4i:p 1ggm32e:p t2ntqg:p zd6wt9:p`,
  RateControl: `65resd:0 13s0yps:0 zh4mv1:0 b5arwl:0 1nqhidm:0 xrn1r4:0 cr78cf:0`,
  Rcpt_ok: `
    3j62dt:2g 1rjhquz:2g 134dpg4#2:1p d54zup#2:s d54zup:1 134dpg4:t s9qcov:h 936law:1k zwgqma:1j 1i1lwl8:1i
    1357evk:1i mah543:1i 31zdv0:1o eedkwq:1o 1kurypx:1o 19nbow6:1o 1ug3okv:1o g98nse:1o 1w13ks7:1o 8endmq:19
    zx4s8c:25 cdw46w:1o 1lryprz:1o 14v55tw:1q 1rr1h7l:1o 1fmsgss:1o syy1kr:1o 1jhsa5o:1o 1nb22zh:1o u8k04v:s
    fc8ycv:s 1l3xk2w:s 15oza40:s 1cdc05s:s 1muvwiq:s bm5b5x:s qblt1:s 1abvjt3:2n 1gcmry7:2n 1c9vqu5:2m 143rj5x:2m
    b21g04:30 1cyzbik:s 174gbfr:w 9qs26s:a 138t0s7:17 1709jvw:17 1059jne:17 yvi231:32 13lg23m:33 ltvkh3:36 sdlg9h:36
    fq1g6k:35 1ufugzi:15 qgosgu:15 n9lryi:15 102xqgi:2y 1326awt:2y pb1zs3:2y 1uihp9c:2y 1keniq5:s 1sab9tr:s
    1v7fezz:s u5gjp1:2s 5s0kda:2s 6bc2mz:2s 1ktoahy:2s 1wvo157:2s t6ls5i:2s 16k9248:2s 5nea8l:2s fgm0s1:2s
    1m6cucm:2s`,
  Recurse: `ed9hxw:0 2r2lqe:0`,
  RelayTLS: `
    t3xuzq:14 15yh6fp:1 4c6chv:1a 1uw2lgy:14 17fcux8:14 1eskyp2:14 vdua0a:14 tqbkuz:14 1994ptz:14 qsccs:14 9186q3:14`,
  Relay_ok: `
    1chck1l:0 1a32xjx:0 1pqcbv7:0 74qwy8:0 1azg0r3:z mayv3p:0 1tvqz0c:0 1bicuyg:2a 1wz808j:2a 180302q:2a 6qn8q4:2a
    1wz808j#2:2a 180302q#2:2a 5r3tmp:14 1ufugzi:14 8xckv6:14 n9lryi:14 dzs7d3:0 ufa65n:0 rt04m3:38 1spvaa1:38
    1x5gcvh:37 q6t85d:3b vyuz41:3a 1hyskfo:3c gfmxfe:39 k7mpf2:39 4kb1tk:0 12wea3i:1 1vhn750:z 141ygut:0 1i5dm2q:0
    ajj07f:0 16ccanh:0 1bmr3vf:0 e6jqd7:0 1p2gcms:2z ful974:0 1xbfehd:31 a907mp:34 75sebn:34 feqv27:v 1lr58pz:x
    1ufugzi#2:14 qgosgu:14 n9lryi#2:14 u5gjp1:1m 5s0kda:1m 6bc2mz:1m 1ktoahy:1m 1wvo157:1m t6ls5i:1m 16k9248:1m
    5nea8l:1m fgm0s1:1m 1m6cucm:1m d54zup:1m`,
  STS_Check: `
    7qb8q2:0 g6gthy:0 wgs6iq:0 1niypay:0 1lhc806:0 f7ia59:0 1hgz0oj:0 1o967c9:0 173rh6t:0 l2svor:0 1jkxa2p:0
    1u4dikq:0 rc64fb:0 1t4ers3:0 1wono49:0 umt41o:0 11jyhxm:0 1wono49#2:0 14x5lqa:0`,
  STS_SAN: `1gq9n21:0 20ito9:0 19y013g:0 32nuzh:0 168tg7m:0`,
  STS_disabled: `1pq8len:0 i1wgng:0 7qb8q2:0 1tpj7d6:0 1ip6834:0`,
  STS_secure: `7qb8q2:0 g6gthy:0 1niypay:0 1lhc806:0 vmq4zv:0 1hgz0oj:0 1u4p9vf:0 cb66rs:0`,
  SearchList: `1gkl9fu:1 1ld9m5m:z 12i5uhz:0 dimztq:0 1xemteh:0 b0dg30:0`,
  Set_SNI: `
    132ehtt:0 8cq8zq:0 1mt9acd:0 stizd6:0 1pg86oj:0 1sdz1mp:0 1idbayy:0 l8gcxc:0 k39k6f:0 7wc6gq:0 173hh3e:0`,
  TLS_NameInList: `1ypb15v:0 17x9z6d:0`,
  TLS_connection: `
    1eb2g6h:8 pv38ph:9 lvkjec:9 1rjg1fi:9 1j4bult:1b 1dge1tl:1 1apizux:1 e5025q:1 1ny2frt:1c 19uk9ih:1c 1xbin4e:1
    x8y4du:1c c8x7wi:1b e3a0fv:1b 19zpwep:1c 13kecaq:1c 1uaktwu:1c 10cqzy7:1c qrltoj:1c 1wc1kc8:1c 1k08fql:1b
    1xooil6:1b 1v3ow8h:1 1vqyia0:1 6jzlu9:1c x3onc8:1c je0q02:1b 10q0cnz:1 16i5ryn:1 1jbg3va:1 vq24x:1c va6cxn:1c
    1tld86a:1c 1pwo5ax:1b 1qlaocg:1b 12zziis:1b asav09:1b 1x13cjf:1b 1l34wsa:1b 1bpq2hj:1c renf5b:1b 1wstbjq:1b
    n6oxtx:1b j14x8x:1b 15y4nio:1b 1nwifnu:1b y31h1r:1b tlvogs:1b lx0925:1b`,
  TLS_req: `
    1di86t9:0 7m1bdd:0 1u3bny2:1 1bikc52:1 1n8vv1:1 uw36vd:1 15hbinb:0 64jm23:0 12icjrn:0 rxk8i6:0 11ve5ke:0
    lx1kr4:0 t22u3o:z r12bjh:z 8r74qa:z 1r84qzo:0`,
  U: `1ht657b:0 1sm5j5w:0 g4r8he:0 hs3tyc:0 19jq35l:0 njf7nd:0 qobc7d:0 fbch36:0 1wihmup:0`,
  authinfo: `j4bovt:1f 1cnk9bm:1f 1hxn7vv:1f ygdbl4:1f 1r71a4g:1f 1quf8cw:c 10bkbd0:c gobvzm:c g0jjyk:c h8uvwn:c`,
  bcc: `1qyx9y:0 1mlgh1d:0 zih447:0 d54zup:0`,
  canonify: `
    1nnt4iy:0 5j5jo1:0 smhdou:0 1y2905:0 gu0p0e:0 7dffs9:0 14cur6h:0 lq4l9y:0 1d1joiy:0 15l4i0d:0 8553a:0 14hksyv:0
    1nc438c:0 yaexoh:0 1pbod2p:0 107p78r:0 5vvw2s:0 1x2skhs:0 4w9eiy:0 1kxt2fu:0 1quco2f:0 1x0r09w:0 lquha7:0
    psp6mi:0 1nieoqv:0 mp5e5t:0 1e4i2f2:0 v46ixo:p hglp3v:p 1qbox9e:p 1wzuxy9:1v f4ztwf:1v kj77lc:o 4tr5lp:o 55rwe:0
    lunj6a:0`,
  check_compat: `7wmgsh:0 fzicz5:0 15jrbjs:0 scry76:0 1tflzsd:0 1j48tt3:0 1laazkt:0 r1y2r1:0`,
  check_mail: `1ejgzai:0 slbleg:0 15w85n0:0`,
  check_other: `jup68:0 14ir63r:0 143xn6b:0`,
  check_rcpt: `
    1du5cik:24 1nb1g8f:24 1i4irrp:24 b7ij5t:24 1ty26lb:24 dvaup4:27 1twfxvo:27 gqrs3a:27 garyvx:27 qsg9zj:26
    1yl9n5v:26 c30ivc:28 gq9e78:28 lj181w:1 fq5zg2:1 rpqfby:e slbleg:0 v3rm4g:e 1h2co0g:24 slbleg#2:24 d54zup:24
    u5gjp1:1n 5s0kda:1n 6bc2mz:1n 1ktoahy:1n 1wvo157:1n t6ls5i:1n 16k9248:1n 5nea8l:1n fgm0s1:1n 1m6cucm:1n
    d54zup#2:1n`,
  check_relay: `iiy1ib:2v 4cgcjb:1s tbmw8s:3h z179f4:e vje5nt:e 1yvlgf6:e`,
  checkmail: `1ejgzai:0 slbleg:0 15w85n0:0`,
  checkrcpt: `rpqfby:0 slbleg:0 v3rm4g:0`,
  checkrelay: `tbmw8s:3g z179f4:0 vje5nt:0 1yvlgf6:0`,
  clt_features: `1qntuw0:14 1tnoqde:14 je4p88:14 1e1ip2r:14 6xpuuy:14 93yds7:14`,
  final: `1kz8jat:0 1qztqe4:0 wjzqgn:0 y28ur4:0 1kkxh8v:0 1qcnsqb:0 kdoj71:0 1bl1zyp:p 1yaxfl4:1v gs2zpx:0`,
  greet_pause: `
    1kze3j9:0 o7agjj:0 1qt43g0:0 bzwdrz:7 rwbeb6:14 16hae7m:14 1otojgv:14 wz52n9:f 9y0ope:2e 1dbgolz:14 1qjkn5t:14`,
  localaddr: `
    130tq7p:0 x0ngp5:0 c1w26x:0 tevr7q:0 141lona:2q 1c7593p:2q hl4hux:2q 13rw5ol:2q 2d5y8j:2q 3ig2n6:2q 1lqe20e:r
    1ocgji:r pn90zs:0 1ps0ldz:2p 1awhmaj:2p 51lmub:2p g0tgj0:2p 1c38d40:1x 1oqlsvv:1x vudyb7:2q 7vgori:1y 141olnc:1w
    16nklcc:2o 1g31ldi:r 1w77ig6:2r 1bi5rnc:r dgyu60:r 16k5krh:r 1jfllpi:r 1mifdie:r 1ukbho:r oewcoa:2r 1i5gkzg:r
    1r4diu0:r uo6vdw:0 19xp2dc:0 uigou5:2q 1b2ttca:0 11judma:2q qmmnd9:0`,
  max: `ct3xfq:0 9b3a4u:0 t8y6pc:0 10mbdwd:0 aob1zy:0 1ciax7d:0`,
  parse: `11wj626:0 14wpdd3:0 1amhw1b:0 1fwfikj:0`,
  queuegroup: `1qyx9y:0 1vgwl8e:0 428xfa:2t 15zibu9:u 3n2381:0`,
  srv_features: `1ftcymo:14 q560mq:14 p98tv4:14 1e1ip2r:14 6xpuuy:14 93yds7:14`,
  tls_client: `10hcgiu:1 nw1umf:7 12gkw2y:1a 1xefsl5:14 16fzt8b:14 rc925j:14 1174yu7:14 1tzk9nl:14`,
  tls_clt_feat_acc: `7jmtzy:0 ocix5b:0 1ga78u7:0 tbvn9m:0`,
  tls_clt_features: `
    15si1e9:0 1ekhdh4:14 3o007o:14 lrz217:3f 11buedb:3f 17jodbo:3f u0n0hg:3f mnbdwu:3f q29h5w:3f r6iz56:3f g13v3x:3f
    1ibgmrc:3f 1gefhka:3f 1ni1jxa:3f 1s87dxi:0 szxqd0:0 173hh3e:0`,
  tls_rcpt: `
    1kjwydy:1 q92akv:1 j7jg3d:1 1dct91v:1 dklitt:3f slbleg:3f d54zup:3f 10hcgiu:14 1t7s7s9:14 pndtv7:14 7zr8gm:14
    1vh0ipq:14 15qi7i4:14 1vinxtr:14 1174yu7:14 1wk99d8:14`,
  tls_server: `1s46e2k:3f slbleg:3f d54zup:3f 10hcgiu:14 177xvyv:14 xhdt23:14 b4wo0b:14 1174yu7:14 1tzk9nl:0`,
  tls_srv_features: `13rnb7q:14 q028dz:14 1ga78u7:14 tbvn9m:14 173hh3e:7`,
  trust_auth: `jsa8oq:0 1q939ce:0 pgqs3p:0 1cyqej:0 enlwci:0 slbleg:0 1gczno2:0`,
  try_tls: `z3txq8:14 1n8txha:14 3q2k0g:14 1e1ip2r:14 1fra5sv:14 10l4p7t:14`,
};
