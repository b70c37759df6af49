#!/usr/bin/env node
const neededNode = 24;
const node = process.versions.node;
if (Number.parseInt(node, 10) < neededNode) {
  process.stderr.write(`shiplog: needs Node.js ${neededNode} or newer, and this is ${node}\n`);
  process.exit(125);
}
// What an older one cannot even load comes after that.
const { reportUncaught, runProgram } = await import('./program.js');

const { argv, env, stdout, stderr } = process;
const host = { env, streams: { stdout, stderr } };
process.on('uncaughtException', (error) => process.exit(reportUncaught(error, host)));
// What a command leaves behind (a watch, a timer) is no reason to stay.
process.exit(await runProgram({ ...host, stdin: () => process.stdin, args: argv.slice(2) }));
