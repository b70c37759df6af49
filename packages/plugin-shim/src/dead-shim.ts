/**
 * A shim that is gone: killed, or crashed. Nobody can learn any more how its processes end, and its pipes are gone with it;
 * so what it has left is ended, as containerd does, by its own `delete` command.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { errorMessageOf, parseExecId } from '@shiplog/core';
import { execFolder, identifiersIn, isAlive, type TaskLayout } from '@shiplog/oci';
import type { ShimBackend } from './backend.js';
import { exitOf, inferredExit, recordExit, unknownExit } from './exits.js';
import { pidOf, readExecRecord, type TaskRecord } from './record.js';
import { runShimDelete } from './start-shim.js';

const underway = new Map<string, Promise<void>>();

/** Resolves when the exits of the task and of its execs are written down. Of many calls at once, one does it. */
export function buryShim(backend: ShimBackend, layout: TaskLayout, record: TaskRecord): Promise<void> {
  const known = underway.get(layout.bundle);
  if (known !== undefined) return known;
  const burying = bury(backend, layout, record).finally(() => underway.delete(layout.bundle));
  underway.set(layout.bundle, burying);
  return burying;
}

async function bury(backend: ShimBackend, layout: TaskLayout, record: TaskRecord): Promise<void> {
  if (!(await isGone(backend, record))) return;
  const { process: folder } = layout;
  const ran = isAlive(record.process);
  const lost = `its shim (${record.shim.binary || record.shim.address}) was gone before it had told`;
  let exit = unknownExit(pidOf(record), `${lost} the exit status`);
  if (record.shim.binary !== '') {
    try {
      const said = await runShimDelete(backend, layout, record.shim);
      // Of a process that had ended before, the command says what it does to those that have not.
      if (ran) exit = inferredExit(pidOf(record), said, `${lost}; the shim's delete command ended it, and said this`);
    } catch (error) {
      exit = { ...exit, evidence: `${exit.evidence ?? ''}, and its delete command failed: ${errorMessageOf(error)}` };
    }
  }
  if (!exitOf(folder)) recordExit(folder, folder, exit);
  buryExecs(backend, layout, lost);
}

function buryExecs(backend: ShimBackend, layout: TaskLayout, lost: string): void {
  for (const id of identifiersIn(layout.execsDir, parseExecId)) {
    const folder = execFolder(backend, layout, id);
    const record = readExecRecord(folder.record);
    if (!record || record.phase === 'added' || exitOf(folder)) continue;
    recordExit(layout.process, folder, unknownExit(pidOf(record), `${lost} the exit status`));
  }
}

const attempts = 5;
const interval = 20;

/** A connection may break although the shim is well; one that is gone answers nobody. */
async function isGone({ connections }: ShimBackend, { shim }: TaskRecord): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const answers = await connections.client(shim.address).then(
      (client) => !client.isClosed,
      () => false,
    );
    if (!answers) return true;
    await delay(interval);
  }
  return false;
}
