/** What a shim prints and reads at its start, with programs that say what the test has them say. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { AnySchema, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { BootstrapParamsSchema, DeleteResponseSchema } from '@shiplog/containerd-api';
import { parseNamespace, parseTaskId } from '@shiplog/core';
import { CriuProbe, taskLayout } from '@shiplog/oci';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ShimBackend } from '../src/backend.js';
import { Connections } from '../src/connections.js';
import { EventsEndpoint } from '../src/events-endpoint.js';
import { versionOf } from '../src/probe.js';
import { runShimDelete, startShim } from '../src/start-shim.js';

let base: string;
let backend: ShimBackend;
const options = { typeUrl: 'containerd.runc.v1.Options', value: new Uint8Array([58, 1, 97]) };
const layoutIn = (folders: ShimBackend) => taskLayout(folders, parseNamespace('default'), parseTaskId('web'));

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'start-shim-'));
  const folders = { stateDir: join(base, 's'), rootDir: join(base, 'r') };
  const [connections, events] = [new Connections(), new EventsEndpoint(folders)];
  const criu = new CriuProbe(false);
  backend = { ...folders, folder: undefined, conmon: undefined, connections, events, criu, versionOf };
  mkdirSync(layoutIn(backend).bundle, { recursive: true });
});
afterEach(() => rmSync(base, { recursive: true }));

/** A program whose `-v` and other calls are scripts; $last is the last word of the call. */
function shim(version: string, script: string): string {
  const path = join(base, 'shim');
  const head = `#!/bin/sh\ncase "$*" in -v) printf 'shim:\\n  Version:  ${version}\\n  Revision: abc\\n'; exit;; esac\n`;
  writeFileSync(path, `${head}for last; do :; done\n${script}\n`, { mode: 0o755 });
  return path;
}

const start = (binary: string) => startShim(backend, layoutIn(backend), { binary, options }, undefined);
const written = (name: string) => new Uint8Array(readFileSync(join(layoutIn(backend).bundle, name)));
const textIn = (name: string) => Buffer.from(written(name)).toString();

describe('the start of a shim', () => {
  test('is a command in the bundle, with flags that say who it is for, and where it publishes to', async () => {
    const binary = shim('1.6.20', 'printf "%s " "$@" >args; env >env; cat >stdin; echo unix:///run/shim');
    expect(await start(binary)).toMatchObject({ address: 'unix:///run/shim' });
    const { path } = backend.events;
    expect(textIn('args').trim()).toMatch(
      new RegExp(`^-namespace default -address ${path} -publish-binary \\S*/true -id web start$`),
    );
    expect(textIn('env')).toContain(`TTRPC_ADDRESS=${path}\n`);
    expect(fromBinary(AnySchema, written('stdin'))).toMatchObject(options);
  });

  test('gives parameters to a shim that is made to read them', async () => {
    await start(shim('2.3.1', 'cat >stdin; echo unix:///run/shim'));
    expect(fromBinary(BootstrapParamsSchema, written('stdin'))).toMatchObject({ instanceId: 'web' });
  });

  test('is tried with the other form where a shim is not made as its version says', async () => {
    const reject = 'cat >stdin; grep -q default stdin || { echo "unmarshal bootstrap params" >&2; exit 1; }';
    expect(await start(shim('1.7.24', `${reject}; echo unix:///run/shim`))).toMatchObject({ protocol: 'ttrpc' });
    expect(fromBinary(BootstrapParamsSchema, written('stdin')).namespace).toBe('default');
  });

  test('is tried with parameters where a shim of another version than it says got no options', async () => {
    // containerd's own words, of 2.4.
    const words = 'shim was started through the deprecated API but was built against the new API';
    const binary = shim(
      '0.1.0',
      `cat >stdin; [ -s stdin ] || { echo "shim: ${words}" >&2; exit 1; }; echo unix:///run/shim`,
    );
    const layout = layoutIn(backend);
    expect(await startShim(backend, layout, { binary, options: undefined }, undefined)).toMatchObject({
      address: 'unix:///run/shim',
    });
    expect(fromBinary(BootstrapParamsSchema, written('stdin'))).toMatchObject({ instanceId: 'web', extensions: [] });
  });

  test('that reads nothing and prints bytes is as good', async () => {
    // BootstrapResult{version: 3, address: "/run/s\n"}, whose last byte is a newline.
    const binary = shim('', "printf '\\010\\003\\022\\007/run/s\\012'");
    expect(await start(binary)).toEqual({ version: 3, address: '/run/s\n', protocol: 'ttrpc' });
  });

  test.each([
    [
      'echo "level=info msg=starting" >&2; echo "shim: no such cgroup" >&2; exit 1',
      'the shim shim did not start: no such cgroup',
    ],
    ['exit 3', 'it ended with exit code 3 and said nothing'],
    ['echo hello', 'the shim printed no address: "hello"'],
  ])('that fails is told in its own words: %s', async (script, words) => {
    await expect(start(shim('1.6.20', script))).rejects.toThrow(words);
  });
});

describe('the delete of a shim', () => {
  test('tells how the process ended, to the last byte', async () => {
    const response = create(DeleteResponseSchema, {
      pid: 7,
      exitStatus: 137,
      exitedAt: timestampFromMs(1_700_000_000_010),
    });
    const bytes = toBinary(DeleteResponseSchema, response);
    writeFileSync(join(base, 'response'), bytes);
    const binary = shim('1.6.20', `printf "%s " "$@" >args; cat ${join(base, 'response')}`);
    expect(await runShimDelete(backend, layoutIn(backend), { binary })).toEqual(response);
    expect(textIn('args')).toContain(` -bundle ${layoutIn(backend).bundle} delete `);
  });

  test('that fails is told', async () => {
    const binary = shim('1.6.20', 'echo "runc: not there" >&2; exit 1');
    await expect(runShimDelete(backend, layoutIn(backend), { binary })).rejects.toThrow(
      'the shim could not delete task web: runc: not there',
    );
  });
});
