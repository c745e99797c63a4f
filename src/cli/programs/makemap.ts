import { printableBytes } from '../program/printable.ts';
import { runProgram } from '../program/process-io.ts';
import { main } from '../sendmail/makemap.ts';

runProgram('makemap', main, printableBytes);
