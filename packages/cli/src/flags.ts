/** Parsers of flags that several commands have. Those of amounts and mounts are in @shiplog/oci. */
import { InvalidArgumentError } from 'commander';

/** An empty one comes from a shell variable that is not set; as a path it would mean the working directory. */
export function notEmpty(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}

/** For a flag that may be given several times. */
export function collect<T>(
  parse: (text: string) => T,
): (text: string, before: readonly T[] | undefined) => readonly T[] {
  return (text, before = []) => [...before, parse(text)];
}

/** What stands behind TASK, without the `--` that may stand in front of it. */
export function programOf(args: readonly string[]): readonly string[] {
  return args[0] === '--' ? args.slice(1) : args;
}
