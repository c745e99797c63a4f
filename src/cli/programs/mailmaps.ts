import { main } from '../mailmaps/main.ts';
import { printableBytes } from '../program/printable.ts';
import { runProgram } from '../program/process-io.ts';

runProgram('mailmaps', main, printableBytes);
