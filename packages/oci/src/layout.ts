/**
 * Where everything of a backend lies. IDs never begin with a dot, so our own folders do:
 *
 *     STATE/.root/NS/                the OCI runtime's --root
 *     STATE/NS/TASK/                 the bundle; the task manager makes and removes it
 *         config.json rootfs/        what the OCI specification asks for
 *         attach ctl winsz           conmon's
 *         .shiplog/                  the process folder of the task's first process
 *         .execs/EXEC/.shiplog/      the process folder of an exec; conmon's files beside it
 *     ROOT/NS/TASK/output.log        output that nobody asked for elsewhere; the task manager removes it
 *         exec-EXEC.log              the same of an exec; it goes with the exec
 *
 * A process folder is where its monitor works. What is there is what is known of the process (P7):
 *
 *     record.json      what was asked, and who runs: ours, see record.ts
 *     process.json     an exec's OCI process
 *     sync             conmon's report: the pid of the process, or why there is none
 *     pid              as the runtime tells it to conmon
 *     exit/TASK        the exit status; conmon writes it last, by fsync and rename
 *     oom              there if the kernel killed for want of memory
 *     lost             ours: nobody wrote an exit, and nobody will
 *     resources-*      what an update in progress asks for
 *     runtime.log      what the runtime had to say while it created the process
 *     criu/            what CRIU had to say while it wrote or restored the task
 *     log              a link to the log file, for conmon ends a path at its first colon
 */
import { join } from 'node:path';
import type { ExecId, Namespace, TaskId } from '@shiplog/core';

export interface Folders {
  readonly stateDir: string;
  readonly rootDir: string;
}

export interface ProcessFolder {
  readonly path: string;
  readonly record: string;
  readonly processFile: string;
  readonly pidFile: string;
  readonly syncFile: string;
  readonly exitDir: string;
  readonly exitFile: string;
  readonly oomFile: string;
  readonly lostFile: string;
  readonly runtimeLog: string;
  readonly logLink: string;
  readonly criuFolder: string;
  /** Where conmon makes its socket and fifos. */
  readonly monitorFolder: string;
  /** Where the output goes that nobody asked for elsewhere. */
  readonly logFile: string;
}

export interface TaskLayout {
  readonly namespace: Namespace;
  readonly id: TaskId;
  readonly bundle: string;
  readonly configFile: string;
  readonly rootfs: string;
  readonly runtimeRoot: string;
  readonly execsDir: string;
  readonly process: ProcessFolder;
}

/** What conmon leaves in its folder. */
export const monitorFiles = ['attach', 'ctl', 'winsz'] as const;

/** In a bundle. */
export const execsFolder = '.execs';

export function taskLayout(folders: Folders, namespace: Namespace, id: TaskId): TaskLayout {
  const bundle = join(folders.stateDir, namespace, id);
  return {
    namespace,
    id,
    bundle,
    configFile: join(bundle, 'config.json'),
    rootfs: join(bundle, 'rootfs'),
    runtimeRoot: join(folders.stateDir, '.root', namespace),
    execsDir: join(bundle, execsFolder),
    process: processFolder(bundle, id, join(folders.rootDir, namespace, id, 'output.log')),
  };
}

export function execFolder(folders: Folders, task: TaskLayout, id: ExecId): ProcessFolder {
  const logFile = join(folders.rootDir, task.namespace, task.id, `exec-${id}.log`);
  return processFolder(join(task.execsDir, id), task.id, logFile);
}

function processFolder(monitorFolder: string, id: TaskId, logFile: string): ProcessFolder {
  const path = join(monitorFolder, '.shiplog');
  return {
    path,
    record: join(path, 'record.json'),
    processFile: join(path, 'process.json'),
    pidFile: join(path, 'pid'),
    syncFile: join(path, 'sync'),
    exitDir: join(path, 'exit'),
    exitFile: join(path, 'exit', id),
    oomFile: join(path, 'oom'),
    lostFile: join(path, 'lost'),
    runtimeLog: join(path, 'runtime.log'),
    logLink: join(path, 'log'),
    criuFolder: join(path, 'criu'),
    monitorFolder,
    logFile,
  };
}
