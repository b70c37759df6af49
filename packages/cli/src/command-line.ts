/**
 * The command line as the log keeps it: who reads the log learns what was asked for, and no secret. Values of variables
 * and annotations are masked, and so is what calls itself a secret; a container's own command is not repeated, since it
 * is in its spec, which can be shredded.
 */
import type { Command, Option } from 'commander';
import { findCommand } from './find-command.js';

const mask = '***';
/** What stands for the container's own command. */
const leftOut = '...';

/** Flags whose values are `NAME=SECRET`. */
const masked: ReadonlySet<string> = new Set(['env', 'annotation']);

/** @param args as they were given; @param program with the options of the command that they name */
export function maskedCommandLine(args: readonly string[], program: Command): readonly string[] {
  const kept: string[] = [program.name()];
  let command = program;
  let pending: Option | undefined;
  let operandsOnly = false;
  for (const [index, word] of args.entries()) {
    if (pending) {
      kept.push(maskedValue(pending, word));
      pending = undefined;
    } else if (operandsOnly || !word.startsWith('-') || word === '-') {
      const named = operandsOnly ? undefined : findCommand(command, word);
      kept.push(maskedText(word));
      if (named) command = named;
      else if (takesCommand(command)) return index === args.length - 1 ? kept : [...kept, leftOut];
    } else if (word === '--') {
      operandsOnly = true;
      kept.push(word);
    } else {
      const flag = readFlag(word, command, program);
      kept.push(flag.text);
      pending = flag.pending;
    }
  }
  return kept;
}

/** Whether all that stands behind its first operand is the container's. */
function takesCommand({ registeredArguments }: Command): boolean {
  return registeredArguments.length > 1 && registeredArguments.at(-1)?.name() === 'cmd';
}

interface Flag {
  readonly text: string;
  /** The flag whose value is the next word. */
  readonly pending?: Option | undefined;
}

/** `--flag`, `--flag=VALUE`, `-f`, `-fVALUE`, and several short ones in one word: `-itf`. */
function readFlag(word: string, command: Command, program: Command): Flag {
  const find = (flag: string) =>
    [...command.options, ...program.options].find(({ short, long }) => short === flag || long === flag);
  if (word.startsWith('--')) {
    const [, flag = word, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
    const option = find(flag);
    if (value !== undefined) return { text: `${flag}=${option ? maskedValue(option, value) : maskedText(value)}` };
    return { text: word, pending: option?.required ? option : undefined };
  }
  for (let at = 1; at < word.length; at += 1) {
    const option = find(`-${word[at]}`);
    if (!option?.required) continue;
    const value = word.slice(at + 1);
    return value === ''
      ? { text: word, pending: option }
      : { text: word.slice(0, at + 1) + maskedValue(option, value) };
  }
  return { text: word };
}

function maskedValue(option: Option, value: string): string {
  if (!masked.has(option.attributeName())) return maskedText(value);
  const equals = value.indexOf('=');
  return equals === -1 ? value : `${value.slice(0, equals)}=${mask}`;
}

const secretValue = /([\w.-]*(?:pass|secret|token|credential|api[_-]?key|private[_-]?key)[\w.-]*)=[^,;:&\s]*/gi;

/** Parts of any word that say themselves that they are secret: `password=...` in a mount's options, in a URI's query. */
function maskedText(text: string): string {
  return text.replace(secretValue, `$1=${mask}`);
}
