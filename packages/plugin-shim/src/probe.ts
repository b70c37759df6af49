/** What a shim says of itself. */
import { fromBinary } from '@bufbuild/protobuf';
import { type RuntimeInfo, RuntimeInfoSchema } from '@shiplog/containerd-api';
import { runCommand } from '@shiplog/oci';

/** Milliseconds. */
const limit = 5000;

/** What it prints for `-v`; empty where it knows no such flag, or does not answer. */
export async function versionOf(binary: string): Promise<string> {
  try {
    const { exitCode, stdout } = await runCommand({ file: binary, args: ['-v'] }, { limit, cwd: '/' });
    return exitCode === 0 ? stdout : '';
  } catch {
    return '';
  }
}

/** What it says for `-info`, as containerd 2 asks it; undefined where it knows no such flag. */
export async function infoOf(binary: string): Promise<RuntimeInfo | undefined> {
  try {
    const options = { limit, cwd: '/', encoding: 'latin1', input: new Uint8Array() } as const;
    const { exitCode, stdout } = await runCommand({ file: binary, args: ['-info'] }, options);
    if (exitCode !== 0 || stdout === '') return undefined;
    return fromBinary(RuntimeInfoSchema, Buffer.from(stdout, 'latin1'));
  } catch {
    return undefined;
  }
}

/** A line for each, for people. */
export function describeShims(binaries: readonly string[]): Promise<readonly string[]> {
  return Promise.all(binaries.map(describeShim));
}

async function describeShim(binary: string): Promise<string> {
  const [version, info] = await Promise.all([versionOf(binary), infoOf(binary)]);
  const said = version
    .split('\n')
    .map((line) => line.trim())
    // The first one is the name of the program.
    .filter((line) => line !== '' && !line.endsWith(':'))
    .map((line) => line.replace(/:\s+/, ': '))
    .join(', ');
  const about = info
    ? [
        `-info: ${info.name}`,
        info.version?.version ? `version ${info.version.version}` : '',
        info.options ? `options ${info.options.typeUrl}` : '',
        ...Object.entries(info.annotations).map(([key, value]) => `${key}=${value}`),
      ].filter((part) => part !== '')
    : ['-info is not known to it'];
  return `${binary}: ${[said === '' ? '-v says nothing' : said, about.join(', ')].join('; ')}`;
}
