/** `--hooks-dir`: hooks of the host for containers that they fit, in the files that Podman and CRI-O read (oci-hooks(5)). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessageOf, InvalidArgumentError, NotFoundError } from '@shiplog/core';
import * as v from 'valibot';
import { isMissing } from '../small-file.js';
import type { OciHook, OciHooks, OciSpec } from './oci-spec.js';
import { looseObject, problemsOf, strictObject, textByName } from './shapes.js';
import { hookShape } from './spec-shape.js';

const stages = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'] as const;

const pattern = v.pipe(
  v.string(),
  v.check((text) => isPattern(text), 'must be a regular expression'),
);

const hookFile = looseObject({
  version: v.literal('1.0.0', 'must be 1.0.0'),
  hook: hookShape,
  when: strictObject({
    always: v.optional(v.boolean()),
    annotations: v.optional(textByName),
    commands: v.optional(v.array(pattern)),
    hasBindMounts: v.optional(v.boolean()),
  }),
  stages: v.pipe(v.array(v.picklist(stages)), v.nonEmpty('must name a stage')),
});

type HookFile = v.InferOutput<typeof hookFile>;

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

/**
 * The hooks of a folder that fit a spec: all conditions of a file hold. By the names of the files; a later folder's file
 * takes the place of an earlier one's of the same name.
 *
 * @throws NotFoundError if there is no such folder
 * @throws InvalidArgumentError if a file is none of hooks; the message names the file and the field
 */
export function hooksFor(spec: OciSpec, folders: readonly string[]): OciHooks | undefined {
  const files = new Map(
    folders.flatMap((folder) => filesIn(folder).map((name) => [name, join(folder, name)] as const)),
  );
  const fitting = [...files.keys()].sort().flatMap((name) => {
    const file = readHookFile(files.get(name) ?? name);
    return fits(file, spec) ? [file] : [];
  });
  const found = stages.flatMap((stage) => {
    const hooks = fitting.filter((file) => file.stages.includes(stage)).map(({ hook }) => hook as OciHook);
    return hooks.length > 0 ? [[stage, hooks] as const] : [];
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

function fits({ when }: HookFile, { annotations = {}, process, mounts = [] }: OciSpec): boolean {
  const { always, commands, hasBindMounts } = when;
  const program = process?.args?.[0] ?? '';
  const isBind = ({ type, options = [] }: (typeof mounts)[number]) =>
    type === 'bind' || options.includes('bind') || options.includes('rbind');
  const conditions = [
    ...(always === undefined ? [] : [always]),
    ...(commands ? [commands.some((each) => new RegExp(each).test(program))] : []),
    ...(hasBindMounts ? [mounts.some(isBind)] : []),
    ...Object.entries(when.annotations ?? {}).map(([name, value]) =>
      Object.entries(annotations).some((each) => new RegExp(name).test(each[0]) && new RegExp(value).test(each[1])),
    ),
  ];
  return conditions.length > 0 && conditions.every(Boolean);
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new NotFoundError(`there is no folder of hooks ${folder}`, { cause, details: { folder } });
  }
}

function readHookFile(file: string): HookFile {
  const details = { file };
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new InvalidArgumentError(`${file} cannot be read as JSON: ${errorMessageOf(cause)}`, { cause, details });
  }
  const issues = problemsOf(hookFile, value);
  if (issues.length === 0) return value as HookFile;
  throw new InvalidArgumentError(`${file} is no file of a hook: ${issues.join('; ')}`, { details: { file, issues } });
}
