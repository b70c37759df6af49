/** The hashes of the blobs that an event refers to. Events are flat: what they refer to is a member. */
export function* hashesIn(event: Readonly<Record<string, unknown>>): Generator<string> {
  for (const key in event) {
    const value = event[key];
    if (typeof value !== 'object' || value === null) continue;
    const { sha256, secrets } = value as { readonly sha256?: unknown; readonly secrets?: unknown };
    if (typeof sha256 === 'string') yield sha256;
    if (typeof secrets === 'string') yield secrets;
  }
}
