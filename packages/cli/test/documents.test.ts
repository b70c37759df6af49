/** docs/cli.md is whole, and true. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../src/build-program.js';
import type { Cli } from '../src/command.js';
import { auditCommands } from '../src/commands/audit.js';
import { commands } from '../src/commands/index.js';
import { Output } from '../src/output/output.js';
import { loadCommand, nameOf } from '../src/subcommands.js';
import { topics } from '../src/topics/index.js';
import { MemoryStream } from './memory-streams.js';

const document = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
const names = [...commands, ...auditCommands.map(({ name }) => ({ name: `audit ${name}` }))].map(({ name }) => name);

/** The section whose title names the command. */
function sectionOf(name: string): string {
  const section = document.split(/^(?=##)/m).find((text) => new RegExp(`^### .*\`${name}[ \`]`).test(text));
  return section ?? '';
}

/** What a section leaves to others says so in it. */
const others: Readonly<Record<string, readonly string[]>> = {
  'audit report': ['audit export'],
  create: ['run', '--memory'],
  exec: ['run'],
  run: ['--memory'],
  update: ['--memory'],
};

let program: Command;
beforeAll(async () => {
  const output = new Output({ stdout: new MemoryStream(), stderr: new MemoryStream() }, {});
  const cli = { output, env: {} } as unknown as Cli;
  program = buildProgram(cli);
  for (const command of program.commands) await loadCommand(command, cli);
  for (const command of program.commands.flatMap((group) => group.commands)) await loadCommand(command, cli);
});

function allCommands(group: Command): readonly Command[] {
  return group.commands.flatMap((command) => [command, ...allCommands(command)]);
}

function commandOf(name: string): Command {
  const command = allCommands(program).find((known) => nameOf(known) === name);
  if (!command) throw new Error(`there is no command ${name}`);
  return command;
}

const spellings = ({ options }: Command) =>
  options
    .filter(({ hidden }) => !hidden)
    .flatMap(({ short, long }) => [short, long])
    .filter((flag) => flag !== undefined);
const mentioned = (text: string) => [...text.matchAll(/(?<![\w$-])--?[a-zA-Z][a-z-]*/g)].map(([flag]) => flag);

describe('docs/cli.md', () => {
  it.each(names)('has a section on %s, with its other names and all of its flags', (name) => {
    const command = commandOf(name);
    const common = new Set(spellings(program));
    const text = [name, ...(others[name] ?? [])].map(sectionOf).join('\n');
    expect(sectionOf(name)).not.toBe('');
    for (const alias of command.aliases()) expect(text).toContain(`\`${alias}\``);
    const flags = new Set(mentioned(text));
    expect(spellings(command).filter((flag) => !flags.has(flag) && !common.has(flag))).toEqual([]);
  });

  it('has the common options', () => {
    const flags = new Set(mentioned(document.slice(0, document.indexOf('## Exit codes'))));
    expect(spellings(program).filter((flag) => !flags.has(flag) && flag !== '--version')).toEqual([]);
  });

  it.each(names)('has no flag in the section on %s that no command has', (name) => {
    const known = new Set(['-h', '--help', ...spellings(program), ...allCommands(program).flatMap(spellings)]);
    expect(mentioned(sectionOf(name)).filter((flag) => /^--/.test(flag) && !known.has(flag))).toEqual([]);
  });

  it('has no section on a command that is not there', () => {
    const titled = [...document.matchAll(/^### (.*)$/gm)].flatMap(([, title = '']) =>
      [...title.matchAll(/`([a-z]+)/g)].map(([, name]) => name),
    );
    const known = new Set([...names, ...program.commands.flatMap((command) => command.aliases())]);
    expect(titled.filter((name) => !known.has(name ?? ''))).toEqual([]);
  });

  it('names every topic of the help', () => {
    for (const { name } of topics) expect(document).toContain(`\`${name}\``);
  });
});
