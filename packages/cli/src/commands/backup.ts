import { resolve } from 'node:path';
import { addHelp, type Configure } from '../command.js';

interface Options {
  readonly withKey?: boolean;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Copies the log, as it is at one moment, and its archives to a new folder, while others go on writing. The folder is a ' +
        'root itself: `shiplog --root DIR` reads it. What tasks have written is not in it.',
    )
    .argument('<dir>', "a folder that is not there yet; it is its owner's alone")
    .option('--with-key', 'also the key that signs checkpoints: whoever has it speaks for this log')
    .action((dir: string, { withKey = false }: Options) =>
      cli.inSession(command, async ({ shiplog, context, common, output }) => {
        const copying = shiplog.backup({ folder: resolve(dir), withKey }, context);
        const backedUp = await output.during(() => `copying ${common.root}`, copying);
        if (common.json) return output.json(backedUp);
        const { folder, size, segments, missing, damaged } = backedUp;
        for (const file of missing) output.talk(`the archived segment ${file} was not found, and is not in it`);
        for (const file of damaged)
          output.talk(`the archived segment ${file} is not what left the log, and is in it as it is`);
        await output.line(folder);
        output.talk(`copied ${size} records, and ${segments} archived ${segments === 1 ? 'segment' : 'segments'}`);
      }),
    );
  addHelp(command, {
    examples: [
      ['shiplog backup /mnt/backups/$(date +%F)', 'a copy for each day'],
      ['shiplog --root /mnt/backups/2026-01-31 audit verify --against kept.note', 'is it a beginning of the log?'],
    ],
  });
};
