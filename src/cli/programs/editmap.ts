import { main } from '../editmap.ts';
import { printableBytes } from '../printable.ts';
import { runProgram } from '../process-io.ts';

runProgram('editmap', main, printableBytes);
