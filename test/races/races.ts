import { jumpingClock } from './clocks.ts';
import { deleteWhileExecRuns, execWhileInitExits, twoDeletes, waitFromTen } from './deletes.ts';
import { exitBeforeStartReturns, ignoresTerm, killBeforeStartReturns, killOfExited, pauseAndKill } from './ends.ts';
import { forkBomb, muchOutput, stdinNeverRead } from './floods.ts';
import { hangingRuntime } from './hangs.ts';
import { leaderless, unreapedChildren, wantOfMemory, zombies } from './machine.ts';
import type { Race } from './race.ts';

export const races: readonly Race[] = [
  exitBeforeStartReturns,
  killBeforeStartReturns,
  killOfExited,
  deleteWhileExecRuns,
  execWhileInitExits,
  pauseAndKill,
  twoDeletes,
  waitFromTen,
  muchOutput,
  forkBomb,
  ignoresTerm,
  stdinNeverRead,
  wantOfMemory,
  zombies,
  unreapedChildren,
  leaderless,
  hangingRuntime,
  jumpingClock,
];
