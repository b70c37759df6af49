import { unmarshalAny } from '@shiplog/core';
import { addHelp, type Configure } from '../command.js';
import { printable } from '../output/printable.js';

export const configure: Configure = (command, cli) => {
  command
    .description('Shows what a runtime can do, as it says itself; the default runtime unless one is named.')
    .argument('[runtime]', 'io.containerd.runc.v2, io.containerd.crun.v1: see shiplog plugins')
    .action((runtime: string | undefined) =>
      cli.inSession(command, async ({ shiplog, context, common, output }) => {
        const answer = await shiplog.runtime.features(runtime === undefined ? {} : { runtime }, context);
        const features = unmarshalAny(answer, answer.typeUrl);
        await (common.json ? output.json(features) : output.lines(linesOf('', features)));
      }),
    );
  addHelp(command, {
    examples: [
      ['shiplog features io.containerd.crun.v1', 'a line for each thing that it says'],
      ['shiplog features --json | jq .linux.seccomp.enabled', 'can it filter system calls?'],
    ],
  });
};

/** `linux.cgroup.v2: true`; lists in one line. */
function* linesOf(name: string, value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) yield printable(`${name}: ${value}`);
  else if (Array.isArray(value)) yield printable(`${name}: ${value.join(' ')}`);
  else for (const [key, member] of Object.entries(value)) yield* linesOf(name === '' ? key : `${name}.${key}`, member);
}
