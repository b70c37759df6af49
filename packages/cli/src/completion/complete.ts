/**
 * What may stand next on a command line, from what commander knows of the commands: a new command or flag is completed
 * without a word here. What a value may be is told by the flag's name, or by the name of its value: `<dir>`, `<task>`.
 */
import type { Argument, Command, Option } from 'commander';
import { findCommand } from '../find-command.js';

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What of the file system is offered beside the candidates: that, the shell knows itself. */
export type Paths = 'none' | 'dirs' | 'files';

export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly paths: Paths;
}

/** What is typed so far, as far as a source of values needs it. */
export interface Typed {
  /** Of the command. */
  readonly operands: readonly string[];
  /** The values of flags, by name: `root`, `namespace`. */
  readonly values: Readonly<Record<string, string>>;
}

/** Values that commander does not know, by what they are. */
export type Sources = Readonly<Record<string, (typed: Typed) => Promise<readonly Candidate[]>>>;

const pathKinds: Readonly<Record<string, Paths>> = { dir: 'dirs', path: 'files', file: 'files' };

interface Line {
  readonly command: Command;
  readonly operands: readonly string[];
  readonly values: Readonly<Record<string, string>>;
  /** The flag whose value comes next. */
  readonly pending: Option | undefined;
  /** No flag can come any more. */
  readonly operandsOnly: boolean;
}

/**
 * @param words those behind the program's name; the last one is being typed, and may be empty
 * @param load gives a command what it takes
 */
export async function complete(
  program: Command,
  words: readonly string[],
  load: (command: Command) => Promise<void>,
  sources: Sources,
): Promise<Completion> {
  const typing = words.at(-1) ?? '';
  const line = await readLine(program, words.slice(0, -1), load);
  if (!line) return nothing;
  const { command, operands, pending, operandsOnly } = line;
  const fitting = ({ candidates, paths }: Completion, prefix = ''): Completion => ({
    candidates: candidates
      .map(({ value, description }) => ({ value: `${prefix}${value}`, description }))
      .filter(({ value }) => value.startsWith(typing)),
    paths,
  });
  if (pending) return fitting(await valuesOf(pending, line, sources));
  const [, flag] = /^(--[^=]+)=/.exec(typing) ?? [];
  if (flag !== undefined && !operandsOnly) {
    const option = optionOf(command, flag);
    return option ? fitting(await valuesOf(option, line, sources), `${flag}=`) : nothing;
  }
  if (typing.startsWith('-') && !operandsOnly) return fitting(flagsOf(command));
  if (isGroup(command)) return fitting(commandsOf(command));
  const argument = command.registeredArguments.at(Math.min(operands.length, command.registeredArguments.length - 1));
  if (!argument || (operands.length >= command.registeredArguments.length && !argument.variadic)) return nothing;
  const { candidates, paths } = fitting(await valuesOf(argument, line, sources));
  return { candidates: candidates.filter(({ value }) => !operands.includes(value)), paths };
}

const nothing: Completion = { candidates: [], paths: 'none' };

/** Undefined where nothing can be told: behind a command that is unknown, or in a container's own command line. */
async function readLine(
  program: Command,
  words: readonly string[],
  load: (command: Command) => Promise<void>,
): Promise<Line | undefined> {
  let command = program;
  const operands: string[] = [];
  const values: Record<string, string> = {};
  let pending: Option | undefined;
  let operandsOnly = false;
  for (const word of words) {
    if (pending) {
      values[pending.attributeName()] = word;
      pending = undefined;
    } else if (word === '--' && !operandsOnly) {
      operandsOnly = true;
    } else if (word.startsWith('-') && word !== '-' && !operandsOnly) {
      const [flag = '', value] = word.startsWith('--') ? word.split(/=(.*)/s) : [word.slice(0, 2), word.slice(2)];
      const option = optionOf(command, flag);
      if (!option?.required) continue;
      if (value) values[option.attributeName()] = value;
      else pending = option;
    } else if (isGroup(command)) {
      const named = findCommand(command, word);
      if (!named) return undefined;
      await load(named);
      command = named;
    } else {
      operands.push(word);
      if (isOthers(command)) return undefined;
    }
  }
  return { command, operands, values, pending, operandsOnly };
}

/** Whether all that stands behind the task belongs to the container's command. */
function isOthers(command: Command): boolean {
  return command.registeredArguments.at(-1)?.name() === 'cmd';
}

function optionOf(command: Command, flag: string): Option | undefined {
  return command.options.find(({ short, long }) => short === flag || long === flag);
}

function flagsOf(command: Command): Completion {
  const options = command.createHelp().visibleOptions(command);
  const candidates = options.flatMap(({ long, short, description }) => {
    const value = long ?? short;
    return value === undefined ? [] : [{ value, description }];
  });
  return { candidates, paths: 'none' };
}

/** The program, or a command that has commands of its own: the next word names one. */
function isGroup(command: Command): boolean {
  return command.commands.length > 0;
}

function commandsOf(group: Command): Completion {
  const candidates = group.commands.flatMap((command) =>
    [command.name(), ...command.aliases()].map((value) => ({ value, description: command.summary() })),
  );
  return { candidates, paths: 'none' };
}

async function valuesOf(what: Option | Argument, { operands, values }: Line, sources: Sources): Promise<Completion> {
  if (what.argChoices) {
    return { candidates: what.argChoices.map((value) => ({ value, description: '' })), paths: 'none' };
  }
  // A name that is to be given cannot be one that is there.
  if (/\bnew\b/.test(what.description) && !isOption(what)) return nothing;
  const names = isOption(what) ? [what.attributeName(), valueName(what)] : [what.name()];
  const paths = names.map((name) => pathKinds[name]).find((kind) => kind !== undefined) ?? 'none';
  const source = paths === 'none' ? names.map((name) => sources[name]).find((found) => found !== undefined) : undefined;
  return { candidates: (await source?.({ operands, values })) ?? [], paths };
}

function isOption(what: Option | Argument): what is Option {
  return 'attributeName' in what;
}

/** `dir` of `--rootfs <dir>`. */
function valueName({ flags }: Option): string {
  return /[<[]([\w-]+)/.exec(flags)?.[1] ?? '';
}
