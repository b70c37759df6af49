/** Errors as rules name them: by code, since a plugin may have its own copy of core, and so other classes. */
export const alreadyExists = { code: 'already-exists' } as const;
export const cancelled = { code: 'cancelled' } as const;
export const deadlineExceeded = { code: 'deadline-exceeded' } as const;
export const failedPrecondition = { code: 'failed-precondition' } as const;
export const invalidArgument = { code: 'invalid-argument' } as const;
export const notFound = { code: 'not-found' } as const;
export const notImplemented = { code: 'not-implemented' } as const;
