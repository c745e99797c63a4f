import { printableBytes } from '../program/printable.ts';
import { runProgram } from '../program/process-io.ts';
import { main } from '../sendmail/editmap.ts';

runProgram('editmap', main, printableBytes);
