import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../src/build-program.js';
import type { Cli } from '../src/command.js';
import { maskedCommandLine } from '../src/command-line.js';
import { findCommand } from '../src/find-command.js';
import { Output } from '../src/output/output.js';
import { loadCommand } from '../src/subcommands.js';
import { MemoryStream } from './memory-streams.js';

async function keptOf(...args: readonly string[]): Promise<string> {
  const output = new Output({ stdout: new MemoryStream(), stderr: new MemoryStream() }, {});
  const cli = { output, env: {}, load: (command: Command) => loadCommand(command, cli) } as unknown as Cli;
  const program = buildProgram(cli);
  for (const word of args) {
    const command = findCommand(program, word);
    if (command) await loadCommand(command, cli);
  }
  return maskedCommandLine(args, program).join(' ');
}

describe('the command line that the log keeps', () => {
  it.each([
    ['shiplog kill -s TERM web', ['kill', '-s', 'TERM', 'web']],
    [
      'shiplog --root /srv/log -n prod stop --time 5 web db',
      ['--root', '/srv/log', '-n', 'prod', 'stop', '--time', '5', 'web', 'db'],
    ],
    // Variables and annotations: their names, in every way in which a flag can be written.
    ['shiplog run -e A=*** web', ['run', '-e', 'A=secret', 'web']],
    ['shiplog run -eA=*** web', ['run', '-eA=secret', 'web']],
    ['shiplog run -ite A=*** web', ['run', '-ite', 'A=secret', 'web']],
    ['shiplog run -iteA=*** web', ['run', '-iteA=secret', 'web']],
    ['shiplog run --env A=*** web', ['run', '--env', 'A=se=cret', 'web']],
    ['shiplog run --env=A=*** web', ['run', '--env=A=secret', 'web']],
    ['shiplog run -e HOME web', ['run', '-e', 'HOME', 'web']],
    ['shiplog run --annotation a.b/c=*** web', ['run', '--annotation', 'a.b/c=secret', 'web']],
    ['shiplog run --env-file ./env web', ['run', '--env-file', './env', 'web']],
    // What says itself that it is one.
    [
      'shiplog run --mount type=cifs,source=//a/b,target=/,options=user=u:password=*** web',
      ['run', '--mount', 'type=cifs,source=//a/b,target=/,options=user=u:password=secret', 'web'],
    ],
    [
      'shiplog run --log-uri binary:///l?api_key=***&tag=web web',
      ['run', '--log-uri', 'binary:///l?api_key=secret&tag=web', 'web'],
    ],
    // The container's own command is in its spec.
    ['shiplog run --rm web ...', ['run', '--rm', 'web', 'mysql', '-psecret', '-e', 'A=secret']],
    ['shiplog run --rm web ...', ['run', '--rm', 'web', '--', 'sh', '-c', 'secret']],
    ['shiplog exec -u nobody web ...', ['exec', '-u', 'nobody', 'web', 'secret']],
    ['shiplog rm -f -- web db', ['rm', '-f', '--', 'web', 'db']],
  ])('is %s', async (kept, args) => {
    expect(await keptOf(...args)).toBe(kept);
  });
});
