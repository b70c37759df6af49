/** `shiplog doctor` on real hosts: each leak is made for real, found without a change, and mended. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CliHost, forever, onEachRuntime, type RuntimeUnderTest, useHost } from './cli-harness.js';

interface Finding {
  readonly kind: string;
  readonly severity: 'fault' | 'notice';
  readonly task?: string;
  readonly reason: string;
  readonly fate: 'found' | 'mended' | 'left';
}

interface Told {
  readonly exitCode: number;
  readonly faults: readonly Finding[];
  /** The topics of the events that were recorded. */
  readonly mends: readonly string[];
}

async function doctor(host: CliHost, ...args: readonly string[]): Promise<Told> {
  const { stdout, exitCode } = await host.run(['doctor', '--json', ...args]);
  const said = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Finding & { mend?: string });
  return {
    exitCode: exitCode ?? -1,
    faults: said.filter(({ severity }) => severity === 'fault'),
    mends: said.flatMap(({ mend }) => mend ?? []),
  };
}

const faultsOf = ({ faults }: Told) => faults.map(({ kind, task, fate }) => [kind, task, fate]);

/** Every file below the two folders, but for the table of those who read the log at this moment. */
function picture({ root, state }: CliHost): readonly string[] {
  return [root, state].flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.name !== 'lock.mdb')
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        const { mtimeMs, size, mode, ino } = statSync(path);
        return `${path} ${ino} ${mode} ${size} ${entry.isFile() ? mtimeMs : ''}`;
      })
      .sort(),
  );
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(10);
}

const isAlive = (pid: number) => !/^State:\s*Z/m.test(statusOf(pid)) && statusOf(pid) !== '';

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

interface Place {
  readonly bundle: string;
  readonly runtimeState: string;
  readonly output: string;
  readonly cgroup: string;
}

/** Where a task of the default namespace has its things on the host. */
function placeOf({ id: runtime, host }: Pick<RuntimeUnderTest, 'id' | 'host'>, task: string): Place {
  const stateDir = join(host.state, runtime);
  const mark = createHash('sha256').update(stateDir).digest('hex').slice(0, 8);
  const hierarchy = existsSync('/sys/fs/cgroup/pids') ? '/sys/fs/cgroup/pids' : '/sys/fs/cgroup';
  return {
    bundle: join(stateDir, 'default', task),
    runtimeState: join(stateDir, '.root', 'default', task),
    output: join(host.root, 'plugins', runtime, 'default', task),
    cgroup: join(hierarchy, 'shiplog', `default--${task}--${mark}`),
  };
}

function pidsOf(bundle: string): { readonly monitor: number; readonly program: number } {
  const { monitor, process } = JSON.parse(readFileSync(join(bundle, '.shiplog', 'record.json'), 'utf8')) as {
    monitor: { pid: number };
    process: { pid: number };
  };
  return { monitor: monitor.pid, program: process.pid };
}

function kill(...pids: readonly number[]): void {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

onEachRuntime((runtime) => {
  it('says that all is well beside a task that runs, and changes nothing', async () => {
    const { host } = runtime;
    const id = await runtime.detach(...forever);
    const before = picture(host);
    expect(await doctor(host)).toMatchObject({ exitCode: 0, faults: [], mends: [] });
    expect(picture(host)).toEqual(before);
    expect(await doctor(host, '--fix')).toMatchObject({ exitCode: 0, faults: [], mends: [] });
    expect(await runtime.state(id)).toMatchObject({ status: 'running' });
    await host.ok('delete', '--force', id);
  });

  it('finds a task whose process is gone without anybody there to see it', async () => {
    const { host } = runtime;
    const id = await runtime.detach(...forever);
    const { monitor, program } = pidsOf(placeOf(runtime, id).bundle);
    kill(monitor, program);
    await until(() => !isAlive(program) && !isAlive(monitor));
    const before = picture(host);
    const told = await doctor(host);
    expect(faultsOf(told)).toEqual([['process-gone', id, 'found']]);
    expect(told.exitCode).toBe(1);
    expect(picture(host)).toEqual(before);
    const mended = await doctor(host, '--fix');
    expect(mended).toMatchObject({ exitCode: 0, mends: ['/tasks/exit'] });
    expect(faultsOf(mended)).toEqual([['process-gone', id, 'mended']]);
    expect(await runtime.state(id)).toMatchObject({ status: 'stopped' });
    await host.ok('delete', id);
  });

  it('finds a task without its monitor, and lets it run', async () => {
    const { host } = runtime;
    const id = await runtime.detach('sh', '-c', 'while :; do sleep 1; done');
    const { monitor, program } = pidsOf(placeOf(runtime, id).bundle);
    kill(monitor);
    await until(() => !isAlive(monitor));
    expect(faultsOf(await doctor(host))).toEqual([['monitor-gone', id, 'found']]);
    const left = await doctor(host, '--fix');
    expect(faultsOf(left)).toEqual([['monitor-gone', id, 'left']]);
    expect(left.exitCode).toBe(1);
    expect(isAlive(program)).toBe(true);
    await host.ok('delete', '--force', id);
  });

  it('finds all that a deleted task has left, takes it away, and touches nothing else', async () => {
    const { host } = runtime;
    await using other = await CliHost.open();
    const neighbour = await runtime.detach(...forever);
    const id = runtime.newId();
    await host.ok('run', '--rm', ...runtime.flags, id, 'true');
    // Another root has a task of the same name.
    await other.ok('run', '-d', '--runtime', runtime.id, '--rootfs', other.rootfs, id, ...forever);
    const { bundle, runtimeState, output, cgroup } = placeOf(runtime, id);
    const rootfs = join(bundle, 'rootfs');
    for (const folder of [rootfs, runtimeState, output, cgroup]) mkdirSync(folder, { recursive: true });
    spawnSync('mkfifo', [join(bundle, 'ctl')]);
    const socket = createServer().listen(join(bundle, 'attach'));
    expect(spawnSync('mount', ['-t', 'tmpfs', 'kept', rootfs]).status).toBe(0);
    // A monitor is known by this argument alone.
    const pidFile = `--container-pidfile=${join(bundle, '.shiplog', 'pid')}`;
    const monitor = spawn('/bin/sh', ['-c', 'read line', 'conmon', pidFile], { stdio: ['pipe', 'ignore', 'ignore'] });
    const before = picture(host);
    const told = await doctor(host);
    expect(faultsOf(told)).toEqual([['left-behind', id, 'found']]);
    const what = [
      ...[`bundle ${bundle}`, `output ${output}`, `runtime-state ${runtimeState}`, `cgroup ${cgroup}`],
      ...[`monitor pid ${monitor.pid}`, `fifo ${join(bundle, 'ctl')}`, `socket ${join(bundle, 'attach')}`],
      `mount ${rootfs}`,
    ];
    for (const trace of what) expect(told.faults[0]?.reason).toContain(trace);
    expect(picture(host)).toEqual(before);

    const mended = await doctor(host, '--fix');
    socket.close();
    expect(mended).toMatchObject({ exitCode: 0, mends: ['/recovery/clean-requested', '/recovery/cleaned'] });
    expect(faultsOf(mended)).toEqual([['left-behind', id, 'mended']]);
    for (const path of [bundle, runtimeState, output, cgroup]) expect(existsSync(path)).toBe(false);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(bundle);
    await until(() => monitor.signalCode === 'SIGKILL');
    expect(await runtime.state(neighbour)).toMatchObject({ status: 'running' });
    expect((await other.json('state', id))[0]).toMatchObject({ status: 'running' });
    expect(await doctor(other)).toMatchObject({ exitCode: 0, faults: [] });
    expect(await doctor(host, '--fix')).toMatchObject({ exitCode: 0, faults: [], mends: [] });
    await host.ok('delete', '--force', neighbour);
  });

  it('is not needed for what any opening finds: bundles, cgroups, and state of the runtime', async () => {
    const { host } = runtime;
    const id = runtime.newId();
    await host.ok('run', '--rm', ...runtime.flags, id, 'true');
    const { bundle, runtimeState, cgroup } = placeOf(runtime, id);
    for (const folder of [bundle, runtimeState, cgroup]) {
      mkdirSync(folder, { recursive: true });
      await host.ok('tasks');
      expect(existsSync(folder)).toBe(false);
      expect((await runtime.topics(id)).at(-1)).toBe('/recovery/cleaned');
    }
  });

  it.each([
    ['its bundle', ({ bundle }: Place) => [bundle]],
    ['its bundle and what its runtime knew', ({ bundle, runtimeState }: Place) => [bundle, runtimeState]],
  ])(
    'does not say that a task has ended that has lost %s and runs: whoever ends it may delete it',
    async (_, lostOf) => {
      const { host } = runtime;
      const id = await runtime.detach(...forever);
      const place = placeOf(runtime, id);
      const { monitor, program } = pidsOf(place.bundle);
      for (const folder of lostOf(place)) rmSync(folder, { recursive: true });
      const left = await doctor(host, '--fix');
      expect(faultsOf(left)).toEqual([['bundle-gone', id, 'left']]);
      expect(left.faults[0]?.reason).toContain(`pid ${program}`);
      expect(left).toMatchObject({ exitCode: 1, mends: [] });
      expect(await runtime.state(id)).toMatchObject({ status: 'running' });
      for (const force of [[], ['--force']]) {
        const refused = await host.run(['delete', ...force, id]);
        expect(refused.exitCode).toBe(125);
      }
      expect((await host.run(['kill', id])).stderr).toContain(`its program runs (pid ${program}); end that by hand`);
      expect(isAlive(program)).toBe(true);

      kill(program);
      await until(() => !isAlive(program) && !isAlive(monitor));
      // By its monitor's exit command, or by this opening.
      expect(await runtime.state(id)).toMatchObject({ status: 'stopped', certainty: 'unknown' });
      await host.ok('delete', id);
      for (const path of Object.values(place)) expect(existsSync(path)).toBe(false);
      expect(await doctor(host)).toMatchObject({ exitCode: 0, faults: [] });
    },
  );

  it('ends no program that runs, though by the log there is no such task', async () => {
    const { host } = runtime;
    const id = runtime.newId();
    await host.ok('run', '--rm', ...runtime.flags, id, 'true');
    const log = readFileSync(join(host.root, 'log', 'data.mdb'));
    await host.ok('run', '-d', ...runtime.flags, id, ...forever);
    const { bundle } = placeOf(runtime, id);
    const { program } = pidsOf(bundle);
    const recent = readFileSync(join(host.root, 'log', 'data.mdb'));
    // An old copy of the log is put back.
    rmSync(join(host.root, 'log', 'lock.mdb'));
    writeFileSync(join(host.root, 'log', 'data.mdb'), log);
    const left = await doctor(host, '--fix');
    expect(faultsOf(left)).toEqual([['left-running', id, 'left']]);
    expect(left).toMatchObject({ exitCode: 1, mends: [] });
    expect(isAlive(program)).toBe(true);
    rmSync(join(host.root, 'log', 'lock.mdb'));
    writeFileSync(join(host.root, 'log', 'data.mdb'), recent);
    expect(await runtime.state(id)).toMatchObject({ status: 'running' });
    await host.ok('delete', '--force', id);
  });
});

describe('on the host', () => {
  const on = useHost();

  it('makes nothing for a root that is not there', async () => {
    const [root, state] = ['none', 'nowhere'].map((name) => join(on.host.dir, name));
    const { exitCode } = await on.host.run(['doctor'], { env: { SHIPLOG_ROOT: root, SHIPLOG_STATE: state } });
    expect(exitCode).toBe(0);
    expect([root, state].map((path) => existsSync(path ?? ''))).toEqual([false, false]);
  });

  it('leaves alone what the log never heard of, and says so', async () => {
    await on.host.ok('tasks');
    const stranger = join(on.host.state, 'io.containerd.runc.v2', 'default', 'stranger');
    mkdirSync(stranger, { recursive: true });
    const left = await doctor(on.host, '--fix');
    expect(faultsOf(left)).toEqual([['stranger', 'stranger', 'left']]);
    expect(left).toMatchObject({ exitCode: 1, mends: [] });
    rmSync(stranger, { recursive: true });
  });

  it('tells of modes that let others in, and of a log that is not what it was', async () => {
    const file = join(on.host.root, 'log', 'data.mdb');
    chmodSync(file, 0o644);
    expect((await doctor(on.host)).faults).toMatchObject([
      { kind: 'folder', reason: `${file} is open to others: 644` },
    ]);
    chmodSync(file, 0o600);
    const bytes = readFileSync(file);
    const forged = Buffer.from(bytes);
    const at = forged.indexOf('/plugins/');
    forged.write('/plugin_/', at);
    writeFileSync(file, forged);
    expect((await doctor(on.host)).faults.map(({ kind }) => kind)).toContain('log');
    expect((await doctor(on.host, '--no-verify')).faults.map(({ kind }) => kind)).not.toContain('log');
    writeFileSync(file, bytes);
    expect(await doctor(on.host)).toMatchObject({ exitCode: 0, faults: [] });
  });

  it('tells of a disk that is nearly full', async () => {
    const state = join(on.host.dir, 'small');
    mkdirSync(state, { mode: 0o700 });
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'small', state]).status).toBe(0);
    try {
      const { stdout } = await on.host.run(['doctor', '--json', '--state', state]);
      expect(stdout).toContain(`${state} has 1 MiB left`);
    } finally {
      spawnSync('umount', [state]);
    }
  });

  it('tells of programs that are too old or none, and of plugins that are broken', async () => {
    const { dir } = on.host;
    writeFileSync(join(dir, 'old-runc'), '#!/bin/sh\necho runc version 1.0.0\n', { mode: 0o755 });
    writeFileSync(join(dir, 'no-conmon'), '#!/bin/sh\necho hello\n', { mode: 0o755 });
    writeFileSync(join(dir, 'broken.mjs'), 'throw new Error("broken on purpose");\n');
    const binary = join(dir, 'old-runc');
    const conmon = join(dir, 'no-conmon');
    const config = { 'io.containerd.runc.v2': { binary, conmon } };
    const file = join(dir, 'config.json');
    writeFileSync(file, JSON.stringify({ plugins: ['./broken.mjs'], config }));
    const { faults, exitCode } = await doctor(on.host, '--config', file);
    expect(exitCode).toBe(1);
    expect(faults.map(({ kind, reason }) => `${kind}: ${reason}`).join('\n')).toMatch(
      /plugin: .*broken on purpose.*program: \S*old-runc is version 1\.0\.0.*program: \S*no-conmon does not say its version/s,
    );
  });

  it('says what to do in words', async () => {
    const stranger = join(on.host.state, 'io.containerd.runc.v2', 'default', 'stranger');
    mkdirSync(stranger, { recursive: true });
    const { stdout, stderr, exitCode } = await on.host.run(['doctor']);
    expect(stdout).toContain(`fault stranger: default/stranger: the log has never heard of it`);
    expect(stdout).toContain('\n  put the right log back, or remove this by hand');
    expect(stderr).toContain('1 thing is not as it should be');
    expect(exitCode).toBe(1);
    rmSync(stranger, { recursive: true });
  });
});
