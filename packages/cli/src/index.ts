export { Output, OutputClosedError, type OutputStream, type OutputStreams } from './output/output.js';
export { type ProgramInput, runProgram } from './program.js';
