/** A small sendmail.cf with rulesets 3 and 0 of its own: addresses of example.com are local, all others go to their host. */
export const SMALL_CF: string = `V10/Berkeley
O OperatorChars=.:%@!^/[]+
Djmx.example.com
Cwexample.com
Mlocal, P=/bin/true, F=lsDFMAw5:/|@qP, A=mail
Mprog, P=/bin/sh, F=lsDFMeu, A=sh
Mesmtp, P=[IPC], F=mDFMuX, A=TCP $h
S3
R$* < $* > $*\t$: $2
R$+ @ $+\t$: $1 < @ $2 >
S0
R$+ < @ $=w >\t$#local $: $1
R$+ < @ $+ >\t$#esmtp $@ $2 $: $1 < @ $2 >
R$*\t$#local $: $1
`;
