/** The numbers of `StateResponse.status`. */
export const taskStatuses = { created: 1, running: 2, stopped: 3, paused: 4, pausing: 5 } as const;

export type TaskStatus = keyof typeof taskStatuses;
