#!/usr/bin/env -S node --
/** Where the bundle begins: in CommonJS, which every Node can load as far as the words that it is too old. */
import { mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';

const neededNode = 24;

function start(): Promise<void> {
  const node = process.versions.node;
  if (Number.parseInt(node, 10) < neededNode) {
    process.stderr.write(`shiplog: needs Node.js ${neededNode} or newer, and this is ${node}\n`);
    process.exit(125);
  }
  if (process.env.SHIPLOG_DEBUG) process.setSourceMapsEnabled(true);
  keepCompiledCode(`${import.meta.dirname}/.cache`);
  return run();
}

/**
 * Lies beside the program and nowhere else: who may write there could as well write the program. Where we may not,
 * nothing is kept, and each start compiles again.
 */
function keepCompiledCode(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    enableCompileCache(folder);
  } catch {
    // A read-only installation, or another user's.
  }
}

async function run(): Promise<void> {
  const { reportUncaught, runProgram } = await import('./program.js');
  const { argv, env, stdout, stderr } = process;
  const host = { env, streams: { stdout, stderr } };
  process.on('uncaughtException', (error) => process.exit(reportUncaught(error, host)));
  // What a command leaves behind (a watch, a timer) is no reason to stay.
  process.exit(await runProgram({ ...host, stdin: () => process.stdin, args: argv.slice(2) }));
}

void start();
