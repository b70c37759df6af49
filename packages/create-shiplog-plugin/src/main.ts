#!/usr/bin/env node
/** `npm create shiplog-plugin NAME`. */
import { basename } from 'node:path';
import { withArticle } from './plugin-types.js';
import { parseRequest, UsageError, usage } from './request.js';
import { writePlugin } from './write-plugin.js';

function main(args: readonly string[]): number {
  try {
    const request = parseRequest(args);
    if (!request) {
      process.stdout.write(`${usage}\n`);
      return 0;
    }
    const target = writePlugin(request, process.cwd());
    process.stdout.write(`${request.id}, ${withArticle(request.type)}, is in ${target}. Now:\n
  cd ${basename(target)}
  npm install
  npm test
  npm run build && shiplog --plugin . plugins -v\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`create-shiplog-plugin: ${error.message}\n`);
    return 1;
  }
}

process.exitCode = main(process.argv.slice(2));
