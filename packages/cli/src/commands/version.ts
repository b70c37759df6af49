import { release } from 'node:os';
import { findProgram, runCommand } from '@shiplog/oci';
import { crunProfile } from '@shiplog/plugin-crun';
import { runcProfile } from '@shiplog/plugin-runc';
import { addHelp, type Configure } from '../command.js';
import { commonOptionsOf } from '../common-options.js';
import { version } from '../version.js';

const programs = [runcProfile.binary, crunProfile.binary, 'conmon'] as const;

/** A program of the host that hangs is none to wait for. */
const patienceMs = 5_000;

interface ProgramView {
  readonly name: string;
  /** Absolute; null where it is not there. */
  readonly path: string | null;
  /** In its own words; null where it says none. */
  readonly version: string | null;
}

export const configure: Configure = (command, { output, env }) => {
  command
    .description(
      'Prints the versions of Shiplog, of Node and the kernel, and of the programs that make the containers.',
    )
    .action(async () => {
      const views = await output.during(() => 'asking for versions', Promise.all(programs.map(programView)));
      const own = { shiplog: version(), node: process.versions.node, kernel: release() };
      if (commonOptionsOf(command, env).json) return output.json({ ...own, programs: views });
      await output.keyValues(own);
      for (const { name, path, version: text } of views) {
        await output.keyValues({ [name]: path === null ? 'not there' : `${text ?? 'unknown'} (${path})` });
      }
    });
  addHelp(command, { examples: [['shiplog version --json', 'all of it as one object']] });
};

async function programView(name: string): Promise<ProgramView> {
  const path = findProgram(name);
  if (path === undefined) return { name, path: null, version: null };
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const { stdout } = await runCommand({ file: path, args: ['--version'] }, { stdout: 'pipe', signal });
    return { name, path, version: /\d+(?:\.\d+)+\S*/.exec(stdout)?.[0] ?? null };
  } catch {
    return { name, path, version: null };
  }
}
