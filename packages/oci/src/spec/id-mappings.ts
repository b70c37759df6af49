/** `--uidmap` and `--gidmap`: whom the container's users are on the host. */
import { InvalidArgumentError } from '@shiplog/core';
import type { LinuxIdMapping } from './linux-spec.js';

/** One more than the largest ID. */
const allIds = 2 ** 32 - 1;

/**
 * `CONTAINER-ID:HOST-ID[:COUNT]`.
 *
 * @throws InvalidArgumentError
 */
export function parseIdMapping(text: string): LinuxIdMapping {
  const match = /^(\d+):(\d+)(?::(\d+))?$/.exec(text);
  const [containerID, hostID, size] = [match?.[1], match?.[2], match?.[3] ?? '1'].map(Number) as [
    number,
    number,
    number,
  ];
  if (!match || size === 0 || containerID + size > allIds || hostID + size > allIds) {
    throw new InvalidArgumentError(
      `${JSON.stringify(text)} maps no IDs: write CONTAINER:HOST:COUNT, such as 0:100000:65536`,
    );
  }
  return { containerID, hostID, size };
}

/** Whether a container with these mappings has an ID; one without mappings has all. */
export function hasId(mappings: readonly LinuxIdMapping[] | undefined, id: number): boolean {
  if (!mappings || mappings.length === 0) return true;
  return mappings.some(({ containerID, size }) => id >= containerID && id < containerID + size);
}
