import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';

/** Undefined of a user that the host does not know, and whose environment names none: one of a service or a container. */
export function homeFolder(env: NodeJS.ProcessEnv): string | undefined {
  if (env.HOME && isAbsolute(env.HOME)) return env.HOME;
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
