/**
 * A folder of CRIU's images. It is there whole or not at all: it is made under another name, and gets its own when the
 * runtime is done. Beside CRIU's files lies one of ours:
 *
 *     shiplog.json   what its restore has to know of the checkpoint; absent from images that another program made
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  AlreadyExistsError,
  errorMessageOf,
  makeFolders,
  NotFoundError,
  syncPath,
  UnavailableError,
} from '@shiplog/core';
import * as v from 'valibot';
import { checkpointOptions, type OciCheckpointOptions } from './checkpoint-options.js';
import { readIfThere } from './small-file.js';
import { message } from './spec/shapes.js';

/** CRIU writes it last. */
const lastOfAll = 'inventory.img';
const noteName = 'shiplog.json';

const noteSchema = v.object({
  version: v.literal(1),
  options: checkpointOptions,
  /** Folders of the host that CRIU knows as mounted from outside, by the names that the images have for them. */
  outsideFolders: v.array(v.string()),
});

export interface ImagesNote {
  readonly options: OciCheckpointOptions;
  readonly outsideFolders: readonly string[];
}

/** Where images grow; beside where they are to be, so that a rename does it. */
export function draftOf(path: string): string {
  return join(dirname(path), `..${basename(path)}`);
}

/** @throws AlreadyExistsError */
export function beginImages(path: string, note: ImagesNote): void {
  if (existsSync(path)) {
    const message = `${path} is there already: name another folder, or remove it first`;
    throw new AlreadyExistsError(message, { details: { path } });
  }
  makeFolders(dirname(path));
  const draft = draftOf(path);
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(join(draft, noteName), JSON.stringify({ version: 1, ...note }), { mode: 0o600 });
}

export function hasAllImages(folder: string): boolean {
  return existsSync(join(folder, lastOfAll));
}

/** On disk when it returns (P1). */
export function finishImages(path: string): void {
  const draft = draftOf(path);
  for (const name of readdirSync(draft)) syncPath(join(draft, name));
  syncPath(draft);
  renameSync(draft, path);
  syncPath(dirname(path));
}

export function discardImages(path: string): void {
  rmSync(draftOf(path), { recursive: true, force: true });
}

/** What crun calls its folder of nothing when it is not told its own root, as crun 1.24 to 1.28 are not. */
const crunsDefaultEmptyFolder = '/run/crun/.empty-directory';

/**
 * @throws NotFoundError if there are no images
 * @throws UnavailableError if what stands in them of ours cannot be read
 */
export function readImages(path: string): ImagesNote {
  if (!hasAllImages(path)) {
    throw new NotFoundError(`${path} holds no checkpoint: there is no ${lastOfAll} in it`, { details: { path } });
  }
  const text = readIfThere(join(path, noteName));
  if (text === undefined) return { options: {}, outsideFolders: [crunsDefaultEmptyFolder] };
  try {
    const { options, outsideFolders } = v.parse(noteSchema, JSON.parse(text), { message });
    return { options, outsideFolders };
  } catch (cause) {
    const message = `${join(path, noteName)} is damaged: ${errorMessageOf(cause)}`;
    throw new UnavailableError(message, { cause, details: { path } });
  }
}

/** The names that a container's folder of nothing may have in the images of a checkpoint that is made now. */
export function outsideFoldersOf(runtimeRoot: string): readonly string[] {
  const { XDG_RUNTIME_DIR: user } = process.env;
  const own = user === undefined || user === '' ? crunsDefaultEmptyFolder : join(user, 'crun', '.empty-directory');
  return [join(runtimeRoot, '.empty-directory'), own];
}
