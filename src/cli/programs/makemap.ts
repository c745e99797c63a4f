import { main } from '../makemap.ts';
import { printableBytes } from '../printable.ts';
import { runProgram } from '../process-io.ts';

runProgram('makemap', main, printableBytes);
