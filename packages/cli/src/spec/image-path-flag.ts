import { resolve } from 'node:path';
import type { Command } from 'commander';
import { notEmpty } from '../flags.js';

/** As runc's, in name and default. */
export function addImagePath(command: Command, meaning: string): void {
  command.option('--image-path <dir>', `${meaning} (./checkpoint)`, notEmpty, 'checkpoint');
}

/** Absolute: whoever settles a request that is left open may work elsewhere. */
export function imagePathOf({ imagePath }: { readonly imagePath: string }): string {
  return resolve(imagePath);
}
