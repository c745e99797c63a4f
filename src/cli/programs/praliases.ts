import { main } from '../praliases.ts';
import { printableBytes } from '../printable.ts';
import { runProgram } from '../process-io.ts';

runProgram('praliases', main, printableBytes);
