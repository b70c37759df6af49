import { readFileSync } from 'node:fs';
import type { Actor } from '../event-log/event-log.js';
import type { ActorInput } from '../kernel/call-context.js';

/** What the kernel gives for a process that nobody logged in to. */
const noLoginUid = 4294967295;

let loginUid: number | null | undefined;

function readLoginUid(): number | null {
  try {
    const uid = Number(readFileSync('/proc/self/loginuid', 'latin1'));
    return uid === noLoginUid ? null : uid;
  } catch {
    return null;
  }
}

/** Who asks: what this process is, and what its embedding program says. */
export function actorOf(input: ActorInput | undefined, requestId: string): Actor {
  if (loginUid === undefined) loginUid = readLoginUid();
  return {
    uid: process.getuid?.() ?? -1,
    gid: process.getgid?.() ?? -1,
    pid: process.pid,
    loginUid,
    command: input?.command ?? '',
    user: input?.user ?? '',
    requestId,
  };
}
