import { readFileSync } from 'node:fs';
import type { Actor } from '../event-log/event-log.js';
import type { ActorInput } from '../kernel/call-context.js';

/** What the kernel gives for a process that nobody logged in to. */
const noLoginUid = 4294967295;

/** It stands in every request, so a command on a thousand tasks is not kept whole. */
const maxWords = 64;
const maxWordLength = 256;
/** What stands for words that are not kept. */
const leftOut = '...';

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
    argv: keptOf(input?.argv ?? programOf(process.argv)),
    user: input?.user ?? '',
    ...(input?.ticket && { ticket: input.ticket }),
    requestId,
  };
}

/** The same in a record that follows from another of the same call: the command line stands there. */
export function withoutArgv({ argv: _there, ...actor }: Actor): Actor {
  return actor;
}

function programOf([node = '', script, ...others]: readonly string[]): readonly string[] {
  return [node, ...(script === undefined ? [] : [script]), ...(others.length > 0 ? [leftOut] : [])];
}

function keptOf(argv: readonly string[]): readonly string[] {
  const words = argv
    .slice(0, maxWords)
    .map((word) => (word.length > maxWordLength ? `${word.slice(0, maxWordLength)}${leftOut}` : word));
  return argv.length > maxWords ? [...words, leftOut] : words;
}
