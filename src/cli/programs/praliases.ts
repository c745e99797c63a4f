import { main } from '../praliases.ts';
import { runProgram } from '../process-io.ts';

runProgram('praliases', main);
