/** Requests that this process is at work on. Of the process, not of one engine: a root may be open twice in it. */
const atWork = new Map<string, number>();

export function isInFlight(requestId: string): boolean {
  return atWork.has(requestId);
}

/** Marks a request as this process's work for as long as the work takes. */
export async function whileInFlight<T>(requestId: string, work: () => Promise<T>): Promise<T> {
  atWork.set(requestId, (atWork.get(requestId) ?? 0) + 1);
  try {
    return await work();
  } finally {
    const others = (atWork.get(requestId) ?? 1) - 1;
    if (others === 0) atWork.delete(requestId);
    else atWork.set(requestId, others);
  }
}
