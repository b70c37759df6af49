import { canonicalJson, type Json } from '../kernel/canonical-json.js';
import { InvalidArgumentError } from '../kernel/errors.js';
import { sha256Of } from '../kernel/typed-any.js';
import type { ConfigIssue, PluginManifest } from './manifest.js';

/**
 * What `init` gets as its config. A section that the user left out is `{}` to the schema.
 *
 * @throws InvalidArgumentError naming the plugin and the path of each wrong value, never the value: it may be a secret.
 */
export async function checkConfig({ id, config: schema }: PluginManifest, section: unknown): Promise<unknown> {
  if (!schema) {
    if (section === undefined) return undefined;
    throw new InvalidArgumentError(`plugin ${id} takes no config: remove its section`, { details: { plugin: id } });
  }
  const result = await schema['~standard'].validate(section === undefined ? {} : section);
  if (!result.issues) return result.value;
  const wrong = result.issues.map(describeIssue);
  throw new InvalidArgumentError(`config of plugin ${id} is wrong: ${wrong.join('; ')}`, {
    details: { plugin: id, issues: wrong },
  });
}

/** Undefined where there is none, or it holds what is no JSON. */
export function configHashOf(config: unknown): string | undefined {
  try {
    const text = JSON.stringify(config) as string | undefined;
    return text === undefined ? undefined : sha256Of(Buffer.from(canonicalJson(JSON.parse(text) as Json)));
  } catch {
    return undefined;
  }
}

/** `log.levels[0]: expected a string` */
function describeIssue({ message, path = [] }: ConfigIssue): string {
  const steps = path.map((step) => (typeof step === 'object' ? step.key : step));
  const text = steps.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return text === '' ? message : `${text.replace(/^\./, '')}: ${message}`;
}
