import { main } from '../mailmaps.ts';
import { runProgram } from '../process-io.ts';

runProgram('mailmaps', main);
