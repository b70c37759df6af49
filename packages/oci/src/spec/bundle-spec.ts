import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  assertPayloadLimits,
  errorMessageOf,
  InvalidArgumentError,
  maxPayloadBytes,
  NotFoundError,
  parseExactJson,
} from '@shiplog/core';
import { systemCodeOf } from '../small-file.js';
import type { OciSpec } from './oci-spec.js';
import { problemsOf } from './shapes.js';
import { bundleShape } from './spec-shape.js';

/**
 * The spec of a bundle, its root path made absolute, all else as it is: unknown fields are kept, and whole numbers
 * beyond 2^53 too.
 *
 * @param dir the bundle: it has `config.json` in it
 * @throws NotFoundError if there is no `config.json`
 * @throws InvalidArgumentError if it is no JSON, or lacks what is needed; the message names the file and the field
 */
export function loadBundleSpec(dir: string): OciSpec {
  const bundle = resolve(dir);
  const file = join(bundle, 'config.json');
  const spec = parseSpec(file, readConfig(file));
  return { ...spec, root: { ...spec.root, path: resolve(bundle, spec.root.path) } };
}

function readConfig(file: string): Uint8Array {
  try {
    return readWhole(file);
  } catch (cause) {
    const details = { file };
    if (systemCodeOf(cause) === 'ENOENT') {
      const message = `${file} does not exist: give a bundle, a folder with config.json in it`;
      throw new NotFoundError(message, { cause, details });
    }
    throw new InvalidArgumentError(`${file} cannot be read: ${errorMessageOf(cause)}`, { cause, details });
  }
}

/** A file, and not more of it than a spec may be: `config.json` may be a link to a device that has no end. */
function readWhole(file: string): Uint8Array {
  const found = statSync(file);
  if (!found.isFile()) throw new InvalidArgumentError('it is no file');
  if (found.size > maxPayloadBytes)
    throw new InvalidArgumentError(`it has ${found.size} bytes, at most ${maxPayloadBytes} are allowed`);
  const bytes = readFileSync(file);
  assertPayloadLimits('it', bytes);
  return bytes;
}

function parseSpec(file: string, bytes: Uint8Array): OciSpec & { readonly root: { readonly path: string } } {
  let value: unknown;
  try {
    value = parseExactJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new InvalidArgumentError(`${file} is not valid JSON: ${errorMessageOf(cause)}`, { cause, details: { file } });
  }
  const issues = problemsOf(bundleShape, value);
  if (issues.length === 0) return value as OciSpec & { readonly root: { readonly path: string } };
  throw new InvalidArgumentError(`${file} is not a spec that can be run: ${issues.join('; ')}`, {
    details: { file, issues },
  });
}
