/** What commands take that print a table. */
import { type Command, Option } from 'commander';

export function addTableOptions(command: Command): void {
  command
    .option('--no-trunc', 'cut nothing, however narrow the terminal is')
    .addOption(
      new Option('--format <format>', 'as docker and podman have it: json is --json').choices(['table', 'json']),
    );
}
