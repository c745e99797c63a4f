import { main } from '../makemap.ts';
import { runProgram } from '../process-io.ts';

runProgram('makemap', main);
