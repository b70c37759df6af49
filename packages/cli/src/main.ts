#!/usr/bin/env -S node --
/** Where the bundle begins: in CommonJS, which every Node can load as far as the words that it is too old. */
import { createRequire } from 'node:module';
import { Chunks } from './chunks.js';

type Program = typeof import('./program.js');

const neededNode = 24;
/** As `exitCodes.failed`: what is imported from another file would be loaded before it is known how. */
const failed = 125;
const program = 'program.cjs';
/** The bundler puts it here. */
declare const SHIPLOG_BUILD: string;

function start(): Promise<void> {
  const node = process.versions.node;
  if (Number.parseInt(node, 10) < neededNode) {
    process.stderr.write(`shiplog: needs Node.js ${neededNode} or newer, and this is ${node}\n`);
    process.exit(failed);
  }
  return run(process.argv.slice(2));
}

async function run(args: readonly string[]): Promise<void> {
  const bundle = import.meta.dirname;
  const { env, stdout, stderr } = process;
  // Source maps are for what Node itself has loaded.
  if (env.SHIPLOG_DEBUG) process.setSourceMapsEnabled(true);
  const isPlain = Boolean(env.SHIPLOG_DEBUG || env.NODE_DISABLE_COMPILE_CACHE);
  const command = /^[a-z]+$/.test(args[0] ?? '') ? (args[0] ?? '') : '';
  const chunks = new Chunks({ bundle, build: SHIPLOG_BUILD, command });
  const load = isPlain ? createRequire(import.meta.url) : (file: string) => chunks.load(file.slice(2));
  const { isCommand, reportUncaught, runProgram } = load(`./${program}`) as Program;

  const host = { env, streams: { stdout, stderr } };
  process.on('uncaughtException', (error) => process.exit(reportUncaught(error, host)));
  const exitCode = await runProgram({ ...host, stdin: () => process.stdin, args });
  // What a refused command has compiled is too little for one that goes well.
  const isWhole = exitCode !== failed && (command === '' || isCommand(command));
  if (isWhole && !isPlain) chunks.keep();
  // What a command leaves behind (a watch, a timer) is no reason to stay.
  process.exit(exitCode);
}

void start();
