import { main } from '../newaliases.ts';
import { printableBytes } from '../printable.ts';
import { runProgram } from '../process-io.ts';

runProgram('newaliases', main, printableBytes);
