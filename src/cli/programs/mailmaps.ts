import { main } from '../mailmaps/main.ts';
import { runProgram } from '../program/process-io.ts';

runProgram('mailmaps', main);
