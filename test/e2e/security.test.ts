/** docs/security.md, sentence by sentence, on real containers. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CliHost, forever, onEachRuntime, program, useHost } from './cli-harness.js';

const secret = 'hunter2-hunter2';

/** Runs commands with every permission left to them. */
function shell(
  host: CliHost,
  commands: readonly (readonly string[])[],
  around: readonly string[] = [],
  env = {},
): string {
  const script = commands.map((args) => [program, ...args].map(quoted).join(' ')).join('; ');
  const [file = '', ...args] = [...around, 'sh', '-c', `umask 0; ${script}`];
  const { stdout, stderr, error } = spawnSync(file, args, {
    env: { PATH: process.env.PATH, SHIPLOG_ROOT: host.root, SHIPLOG_STATE: host.state, ...env },
    encoding: 'utf8',
    cwd: host.dir,
  });
  if (error) throw error;
  return stdout + stderr;
}

interface Traced {
  readonly lines: readonly string[];
  readonly said: string;
}

/** The same, and writes down what they and their children ask of the kernel. All of them have to come to their end. */
function traced(host: CliHost, calls: string, commands: readonly (readonly string[])[], env = {}): Traced {
  const file = join(host.dir, 'trace');
  const strace = ['strace', '-f', '-qq', '-s', '100000', '-e', `trace=${calls}`, '-o', file];
  const said = shell(host, commands, strace, env);
  return { lines: readFileSync(file, 'utf8').split('\n'), said };
}

const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

/** Made by conmon and by OCI runtimes, with modes of their own, in folders of ours; and what the container has in it. */
const foreign = [
  /\/(attach|ctl|winsz)$/,
  /\/\.root\/[^/]+\//,
  /\/\.shiplog\/(\.?pid|runtime\.log|exit\/[^/]+)$/,
  /\/scratch-\d+\/(upper|work\/work)/,
  /\/rootfs$/,
  /\/rootfs\//,
];
const isOurs = (path: string) => !foreign.some((pattern) => pattern.test(path));

/** The path and the mode of each file, folder or fifo that was made. */
function madeIn({ lines }: Traced): readonly { readonly path: string; readonly mode: number }[] {
  return lines.flatMap((line) => {
    const [, path, mode] =
      /(?:openat|mkdir|mkdirat|mknodat?)\((?:AT_FDCWD, )?"([^"]+)".*?\b(0[0-7]{2,3})(?:, .*)?\) += \d+$/.exec(line) ??
      [];
    if (path === undefined || mode === undefined || (line.includes('openat(') && !line.includes('O_CREAT'))) return [];
    return [{ path, mode: Number.parseInt(mode, 8) }];
  });
}

/** Why nothing can be traced; undefined where it can. */
const noTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0 ? undefined : 'strace does not work here';

onEachRuntime((runtime) => {
  it('every folder, file, fifo and key of ours is tight from its creation, whatever the umask', async ({ skip }) => {
    if (noTrace) skip(noTrace);
    const { host } = runtime;
    const [one, two] = [runtime.newId(), runtime.newId()];
    const fresh = join(host.dir, one);
    const folders = { SHIPLOG_ROOT: join(fresh, 'root'), SHIPLOG_STATE: join(fresh, 'state') };
    const commands = [
      ['run', '-d', '-t', '--runtime', runtime.id, '--rootfs', `${host.rootfs}:O`, one, ...forever],
      ['exec', one, 'true'],
      ['run', '-d', ...runtime.flags, two, ...forever],
      ['exec', two, 'true'],
      ['audit', 'checkpoint'],
      // strace stays for as long as there is somebody to trace.
      ['delete', '--force', one],
      ['delete', '--force', two],
    ];
    const trace = traced(host, 'openat,mkdir,mkdirat,mknod,mknodat,chmod,fchmod,fchmodat', commands, folders);
    const made = madeIn(trace).filter(({ path }) => path.startsWith(fresh));
    const names = [
      ...['root', 'state', 'root/log', 'root/log/data.mdb', 'root/plugins', `state/${runtime.id}/default/${one}`],
      ...[`state/${runtime.id}/default/${one}/config.json`, 'root/log/lock.mdb'],
    ];
    expect(made.map(({ path }) => path)).toEqual(expect.arrayContaining(names.map((name) => join(fresh, name))));
    for (const part of ['/.checkpoint-key.pem.', '/.shiplog/record.json.', '/.shiplog/process.json', '/.origin.']) {
      expect(made.some(({ path }) => path.includes(part))).toBe(true);
    }
    expect(made.filter(({ path, mode }) => isOurs(path) && (mode & 0o077) !== 0)).toEqual([]);
    // Not made tight afterwards, either.
    const changed = trace.lines.flatMap((line) => /chmod(?:at)?\((?:AT_FDCWD, )?"([^"]+)"/.exec(line)?.[1] ?? []);
    expect(changed.filter((path) => path.startsWith(fresh) && isOurs(path))).toEqual([]);
  });

  it('what others have made with looser modes lies in what only we may enter', async () => {
    const { host } = runtime;
    const id = runtime.newId();
    shell(host, [['run', '-d', '-t', ...runtime.flags, id, ...forever]]);
    const open = [host.root, host.state].flatMap((folder) =>
      [folder, ...pathsBelow(folder)].filter((path) => (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077),
    );
    expect(open.filter(isOurs)).toEqual([]);
    const doors = open.map((path) => statSync(dirname(path.replace(/\/(\.root|rootfs|scratch-\d+)\/.*/, '/$1'))));
    expect(doors.every(({ mode }) => (mode & 0o077) === 0)).toBe(true);
    await host.ok('delete', '--force', id);
  });

  it('a secret of the environment is in no command line of any process on the way, and in no error', async ({
    skip,
  }) => {
    if (noTrace) skip(noTrace);
    const { host } = runtime;
    const [good, bad] = [runtime.newId(), runtime.newId()];
    const inherited = ['--env', 'TOKEN'];
    const trace = traced(
      host,
      'execve',
      [
        ['run', '-d', ...inherited, ...runtime.flags, good, 'sh', '-c', 'echo "has $TOKEN"; while :; do sleep 1; done'],
        ['exec', ...inherited, good, 'sh', '-c', 'test -n "$TOKEN"'],
        ['run', ...inherited, ...runtime.flags, bad, 'no-such-program'],
        ['exec', ...inherited, good, 'no-such-program'],
        ['kill', good],
        ['wait', good],
      ],
      { TOKEN: secret },
    );
    expect(await host.ok('logs', good)).toContain(`has ${secret}`);
    expect(trace.said).toMatch(/no-such-program/);
    expect(trace.said).not.toContain(secret);
    const programs = trace.lines.filter((line) => line.includes('execve('));
    for (const name of ['conmon', runtime.id.split('.')[2] ?? '']) {
      expect(programs.some((line) => line.includes(`/${name}"`))).toBe(true);
    }
    expect(programs.filter((line) => line.includes(secret))).toEqual([]);
    await host.ok('delete', '--force', good);
  });

  it('a container sees nothing of ours: no descriptor, no folder, no way up', async () => {
    const { host } = runtime;
    const id = runtime.newId();
    const looks = 'ls /proc/self/fd; find / -xdev -name record.json -o -xdev -name data.mdb; cat /proc/self/mountinfo';
    const { stdout, exitCode } = await runtime.run('--rm', id, 'sh', '-c', looks);
    expect(exitCode).toBe(0);
    const [descriptors, others] = [stdout.split('\n').slice(0, 4), stdout.split('\n').slice(4)];
    // The fourth is that of the listing itself.
    expect(descriptors).toEqual(['0', '1', '2', '3']);
    expect(others.some((line) => /(record\.json|data\.mdb)$/.test(line))).toBe(false);
    // Of the host's folders it has the one that it was given.
    const roots = others.map((line) => line.split(' ')).flatMap(([, , , root, point]) => [[root, point]]);
    expect(roots.filter(([root]) => root?.startsWith(host.dir) && root !== host.rootfs)).toEqual([]);
  });

  it('a working folder that is a descriptor of the runtime leads nowhere', async () => {
    const { host } = runtime;
    for (let descriptor = 3; descriptor < 12; descriptor += 1) {
      const dir = `/proc/self/fd/${descriptor}`;
      const found = await runtime.run('--rm', '--workdir', dir, runtime.newId(), 'sh', '-c', 'ls; ls ../../..; pwd -P');
      expect(found.stdout).not.toContain('shiplog');
      expect(found.stdout.split('\n')).not.toContain('cgroup.procs');
      expect(existsSync(join(host.rootfs, 'proc', 'self'))).toBe(false);
    }
  });

  it('what a task has made of its root file system cannot keep it from being deleted, nor lead a delete astray', async () => {
    const { host } = runtime;
    const id = runtime.newId();
    const victim = join(host.dir, 'victim');
    mkdirSync(join(victim, 'kept'), { recursive: true });
    const name = 'd'.repeat(200);
    const script = [
      `ln -s ${victim} /lead; ln -s ../../../../../../../..${victim} /astray`,
      `ln -s / /root-of-all; mkfifo /fifo; mknod /null c 1 3`,
      `i=0; while [ $i -lt 40 ]; do mkdir ${name} && cd ${name} 2>/dev/null; i=$((i+1)); done; echo made`,
    ].join('\n');
    const over = ['--runtime', runtime.id, '--rootfs', `${host.rootfs}:O`];
    const { stdout } = await host.run(['run', ...over, id, 'sh', '-c', script]);
    expect(stdout).toContain('made');
    const output = join(host.root, 'plugins', runtime.id, 'default', id);
    expect(deepest(join(output, 'scratch-0', 'upper'))).toBeGreaterThan(4096);
    await host.ok('delete', id);
    expect(existsSync(output)).toBe(false);
    expect(readdirSync(victim)).toEqual(['kept']);
    expect(existsSync(join(host.rootfs, 'lead'))).toBe(false);
  });

  it.each([
    ['the namespace', 'state', ''],
    ['the bundle', 'state', 'ID'],
    ['the root file system', 'state', 'ID/rootfs'],
    ['the output', 'root', 'ID'],
    ['the log file', 'root', 'ID/output.log'],
  ] as const)('a link in the place of %s is refused, and not followed', async (_what, base, path) => {
    const { host } = runtime;
    const id = runtime.newId();
    const victim = join(host.dir, `victim-${id}`);
    // What a delete would take away if it went there.
    const kept = ['.execs', '.shiplog', 'config.json', 'rootfs'];
    for (const name of kept) mkdirSync(join(victim, name), { recursive: true });
    const folder = base === 'state' ? join(host.state, runtime.id) : join(host.root, 'plugins', runtime.id);
    const namespace = `n${id.replaceAll('-', '')}`;
    const link = join(folder, namespace, path.replace('ID', id));
    mkdirSync(dirname(link), { recursive: true, mode: 0o700 });
    symlinkSync(path.endsWith('.log') ? join(victim, 'file') : victim, link.replace(/\/$/, ''));
    const { exitCode, stderr } = await host.run(['-n', namespace, 'run', ...runtime.flags, id, 'echo', 'hi']);
    expect(exitCode).toBe(125);
    expect(stderr).toContain('is a symbolic link');
    expect(readdirSync(victim).sort()).toEqual(kept);
    rmSync(link.replace(/\/$/, ''), { force: true });
  });

  it('a link in the place of the spec is replaced, and what it led to stays', async () => {
    const { host } = runtime;
    const id = runtime.newId();
    const victim = join(host.dir, 'victim.json');
    writeFileSync(victim, 'kept');
    const bundle = join(host.state, runtime.id, 'default', id);
    mkdirSync(bundle, { recursive: true, mode: 0o700 });
    symlinkSync(victim, join(bundle, 'config.json'));
    const { stdout, exitCode } = await runtime.run(id, 'echo', 'hi');
    expect([stdout, exitCode]).toEqual(['hi\n', 0]);
    expect(readFileSync(victim, 'utf8')).toBe('kept');
    await host.ok('delete', id);
  });
});

function pathsBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!isOurs(path)) return [path];
    return entry.isDirectory() ? [path, ...pathsBelow(path)] : [path];
  });
}

/** How long the longest path below a folder is, as `find` counts it, which needs no path as a whole. */
function deepest(folder: string): number {
  const { stdout } = spawnSync('find', [folder, '-type', 'd', '-printf', '%P\n'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return Math.max(...stdout.split('\n').map((line) => line.length));
}

describe('a hostile config.json', () => {
  const on = useHost();
  const valid = {
    ociVersion: '1.0.2',
    process: { args: ['true'], cwd: '/', env: ['PATH=/bin'] },
    root: { path: 'rootfs' },
    linux: {},
  };
  const around = (value: object) => JSON.stringify({ ...valid, ...value });

  it.each<[string, string, RegExp]>([
    ['huge', around({ annotations: { a: 'x'.repeat(17 * 1024 * 1024) } }), /at most 16777216 are allowed/],
    ['deep', `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, /too deep/],
    ['deep in what nobody knows', around({ x: JSON.parse('['.repeat(150) + ']'.repeat(150)) as object }), /too deep/],
    ['no object', '[]', /must be an object/],
    ['null', 'null', /must be an object/],
    ['a text', '"spec"', /must be an object/],
    ['cut short', '{"ociVersion": "1', /is not valid JSON/],
    ['no text at all', '\u0000\u0001', /is not valid JSON/],
    ['a process that is a list', around({ process: [] }), /process: must be an object/],
    [
      'arguments that are objects',
      around({ process: { ...valid.process, args: [{}] } }),
      /process\.args\.0: must be a text/,
    ],
    [
      'a zero byte in an argument',
      around({ process: { ...valid.process, args: ['a\u0000b'] } }),
      /zero byte|process\.args/,
    ],
    ['a member that runc takes for another', around({ Process: { args: ['sh'] } }), /in other letters/],
    [
      'the same deeper',
      around({ process: { ...valid.process, ENV: ['A=b'] } }),
      /process: has a member in other letters/,
    ],
    ['the same by a letter that Go folds', around({ proceſs: {} }), /in other letters/],
    ['a zero byte in a variable', around({ process: { ...valid.process, env: ['A=b\u0000c'] } }), /must be NAME=VALUE/],
    [
      'a user that is no number',
      around({ process: { ...valid.process, user: { uid: -1 } } }),
      /user\.uid: must be a whole number, 0 or more/,
    ],
    ['mounts that are one', around({ mounts: { destination: '/' } }), /mounts: must be a list/],
    ['hooks that are texts', around({ hooks: { prestart: ['/bin/sh'] } }), /hooks\.prestart\.0: must be an object/],
  ])('that is %s is refused in words, and nothing is made', async (name, text, words) => {
    const bundle = join(on.host.dir, 'bundle');
    mkdirSync(bundle, { recursive: true });
    writeFileSync(join(bundle, 'config.json'), text);
    const id = `hostile-${name.replaceAll(' ', '-')}`;
    const { exitCode, stderr } = await on.host.run(['run', '--bundle', bundle, id]);
    expect(stderr).toMatch(words);
    expect(stderr).not.toContain('unexpected');
    expect(stderr.length).toBeLessThan(2000);
    expect(exitCode).toBe(125);
    expect(existsSync(join(on.host.state, 'io.containerd.runc.v2', 'default', id))).toBe(false);
  });

  it.each([
    ['a device without an end', '/dev/zero'],
    ['a folder', '/tmp'],
  ])('that is %s is refused at once', async (_what, target) => {
    const bundle = join(on.host.dir, 'link');
    rmSync(bundle, { recursive: true, force: true });
    mkdirSync(bundle);
    symlinkSync(target, join(bundle, 'config.json'));
    const { exitCode, stderr } = await on.host.run(['run', '--bundle', bundle, 'endless']);
    expect(stderr).toContain('it is no file');
    expect(exitCode).toBe(125);
  });
});
