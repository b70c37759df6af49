import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

export interface DefaultFolders {
  readonly root: string;
  readonly state: string;
}

/** The system's for root; for anybody else his own, where the XDG Base Directory Specification has them. */
export function defaultFolders(env: NodeJS.ProcessEnv, uid = process.geteuid?.() ?? 0): DefaultFolders {
  if (uid === 0) return { root: '/var/lib/shiplog', state: '/run/shiplog' };
  const absolute = (path: string | undefined) => (path !== undefined && isAbsolute(path) ? path : undefined);
  const data = absolute(env.XDG_DATA_HOME) ?? join(absolute(env.HOME) ?? homedir(), '.local', 'share');
  const runtime = absolute(env.XDG_RUNTIME_DIR);
  // Somebody else may have taken the name in /tmp: then it is refused, for only its owner's is believed.
  return { root: join(data, 'shiplog'), state: runtime ? join(runtime, 'shiplog') : `/tmp/shiplog-${uid}` };
}
