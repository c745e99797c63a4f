import { printableBytes } from '../program/printable.ts';
import { runProgram } from '../program/process-io.ts';
import { main } from '../sendmail/praliases.ts';

runProgram('praliases', main, printableBytes);
