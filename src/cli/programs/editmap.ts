import { main } from '../editmap.ts';
import { runProgram } from '../process-io.ts';

runProgram('editmap', main);
