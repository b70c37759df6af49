// npm run fixture:log -- NAME: a log as this version writes it, for test/fixtures/logs, made by real use as root: tasks on
// runc and crun, execs, mounts, what failed, what was refused, what was shredded, the first records archived. With --states FOLDER, the states of a log
// that is there already. test/fixtures/logs/README.md says when.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { busyboxRootfs } from '@shiplog/conformance';
import { type CallContext, LmdbEventLog, marshalAny, openShiplog, replay, type Shiplog, typeUrls } from '@shiplog/core';
import { buildSpec, execProcess, updateResources } from '@shiplog/oci';
import { crunPlugin } from '@shiplog/plugin-crun';
import { mountPlugin } from '@shiplog/plugin-mount';
import { runcPlugin } from '@shiplog/plugin-runc';
import { open } from 'lmdb';

const logs = new URL('../test/fixtures/logs/', import.meta.url).pathname;
const runtimes = [runcPlugin, crunPlugin];

const [first = '', second] = process.argv.slice(2);
if (first === '--states' && second !== undefined) await writeStates(second);
else if (/^[a-z][a-z0-9-]*$/.test(first) && second === undefined) await make(first);
else throw new Error('usage: npm run fixture:log -- NAME, or --states FOLDER');

async function make(name: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'slf-'));
  try {
    const rootfs = busyboxRootfs(join(work, 'rootfs'));
    const [root, state] = [join(work, 'root'), join(work, 'state')];
    {
      await using shiplog = await openShiplog({ root, state, plugins: [...runtimes, mountPlugin] });
      await live(shiplog, rootfs, work);
    }
    // What still runs is part of the log, and not of the host afterwards.
    const log = join(work, 'data.mdb');
    copyFileSync(join(root, 'log', 'data.mdb'), log);
    {
      await using shiplog = await openShiplog({ root, state, plugins: [...runtimes, mountPlugin] });
      for (const task of await shiplog.runtime.tasks({ all: true })) await remove(shiplog, task.id, task.namespace);
    }
    const folder = join(logs, `${await schemaOf(log)}-${name}`);
    if (existsSync(folder))
      throw new Error(`${folder} is there already: a log is never made anew, choose another name`);
    mkdirSync(folder, { recursive: true });
    copyFileSync(log, join(folder, 'data.mdb'));
    await writeStates(folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function live(shiplog: Shiplog, rootfs: string, work: string): Promise<void> {
  const { runtime } = shiplog;
  const context: CallContext = {
    actor: { user: 'ada', ticket: 'CHG-7', command: 'fixture', argv: ['fixture', 'log'] },
  };
  const specOf = (...args: readonly string[]) => buildSpec({ rootfs, args, env: ['TOKEN=hush'] });
  const anyOf = (...args: readonly string[]) => marshalAny(typeUrls.spec, specOf(...args));
  const forever = ['sh', '-c', 'while :; do sleep 1; done'];
  for (const { id } of runtimes) {
    const short = id.split('.')[2] ?? id;
    // Two of one name, one after the other; the last one stays as it ended.
    for (const code of [7, 0]) {
      const job = await runtime.create(
        `job-${short}`,
        { runtime: id, spec: anyOf('sh', '-c', `exit ${code}`) },
        context,
      );
      await job.start(context);
      await job.wait(context);
      if (code !== 0) await runtime.delete(job.id, context);
    }
    const web = await runtime.create(`web-${short}`, { runtime: id, spec: anyOf(...forever) }, context);
    await web.start(context);
    const process = marshalAny(
      typeUrls.process,
      execProcess(specOf('true').process, { rootfs, args: ['sh', '-c', 'exit 3'] }),
    );
    const exec = await web.exec('shell', { spec: process, secrets: ['/args/2'] }, context);
    await exec.start(context);
    await exec.wait(context);
    await exec.delete(context);
    const kept = await web.exec('kept', { spec: process }, context);
    await kept.start(context);
    await kept.wait(context);
    await refused(web.start(context));
    await tried(web.pause(context));
    await tried(web.resume(context));
    await tried(web.update(marshalAny(typeUrls.linuxResources, updateResources({ memory: 64 << 20 })), context));
    await tried(web.checkpoint(join(work, `checkpoint-${short}`), undefined, context));
    await refused(runtime.create(`broken-${short}`, { runtime: id, spec: anyOf('/no/such/program') }, context));
    const target = { namespace: 'other', ...context };
    const mounts = [{ type: 'bind', source: rootfs, target: '/', options: ['rbind'] }];
    const mounted = buildSpec({ rootfs: '', args: forever, user: '0' });
    const killed = { runtime: id, spec: marshalAny(typeUrls.spec, mounted), rootfs: mounts };
    const dead = await runtime.create(`dead-${short}`, killed, target);
    await dead.start(target);
    await dead.kill(9, {}, target);
    await dead.wait(target);
    await runtime.delete(dead.id, target);
    await runtime.create(`made-${short}`, { runtime: id, spec: anyOf('true') }, target);
  }
  await refused(runtime.create('../x', { spec: anyOf('true') }, context));
  await refused(runtime.delete('nobody', context));
  const [made] = shiplog.log.readStream({ namespace: 'default', task: 'job-runc' });
  await runtime.shred({ position: made?.position ?? 1 }, { reason: 'CHG-7', secretsOnly: true }, context);
  // Tasks that are gone and tasks that are there have records in it; what was carried on is what has to be read later.
  await shiplog.archive({ before: Math.ceil(shiplog.log.head() * 0.7) }, context);
}

/** It must fail: that is in the log, too. */
async function refused(work: Promise<unknown>): Promise<void> {
  const failed = await work.then(
    () => false,
    () => true,
  );
  if (!failed) throw new Error('what should have failed did not');
}

/** Whether this host can or not, the log has what came of it. */
async function tried(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => console.error(String(error)));
}

async function remove({ runtime }: Shiplog, id: string, namespace: string): Promise<void> {
  const context = { namespace };
  const task = await runtime.get(id, context);
  await task.kill(9, { all: true }, context).catch(() => undefined);
  const { status } = await task.state(context);
  if (status !== 'created') await task.wait(context);
  await runtime.delete(id, context);
}

/** The state of every task after the last record, as canonical as JSON can be read. */
async function writeStates(folder: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'slf-'));
  try {
    copyFileSync(join(folder, 'data.mdb'), join(work, 'data.mdb'));
    await using log = await LmdbEventLog.open(work);
    const { position, states } = replay(log);
    const sorted = Object.fromEntries([...states].toSorted(([one], [other]) => (one < other ? -1 : 1)));
    writeFileSync(join(folder, 'states.json'), `${JSON.stringify({ position, states: sorted }, null, 2)}\n`);
    console.log(`${basename(folder)}: ${position} records, ${states.size} tasks`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function schemaOf(file: string): Promise<string> {
  const work = mkdtempSync(join(tmpdir(), 'slf-'));
  try {
    copyFileSync(file, join(work, 'data.mdb'));
    const root = open({ path: work, noSubdir: false, readOnly: true });
    const meta = root.openDB<string, Buffer>('meta', { encoding: 'string', keyEncoding: 'binary' });
    const schema = meta.get(Buffer.from('schema'));
    await root.close();
    if (schema === undefined) throw new Error(`${file} is no log`);
    return schema;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
