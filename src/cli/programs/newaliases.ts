import { main } from '../newaliases.ts';
import { runProgram } from '../process-io.ts';

runProgram('newaliases', main);
