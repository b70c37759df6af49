/**
 * No field of an update is passed over in silence. Runtimes know more or fewer of them, by version, and ignore the rest;
 * the kernel's files tell what is in effect.
 */
import { InvalidArgumentError, NotImplementedError } from '@shiplog/core';
import type { LinuxResources } from '../spec/linux-resources.js';
import { CgroupFile } from '../stats/cgroup-file.js';
import type { CgroupFolders } from '../stats/cgroup-folders.js';
import { type Field, fieldsOf, type Place } from './resource-fields.js';

export interface UpdatePlan {
  /** Those that are not as they were asked for. */
  notInEffect(): readonly string[];
}

/**
 * Before anything is changed. Undefined where the process went meanwhile: its cgroup goes with it, and what is not there
 * then says nothing of the host.
 *
 * @throws InvalidArgumentError if LinuxResources has no such field
 * @throws NotImplementedError if this host's cgroups have no such setting
 */
export function planUpdate(
  id: string,
  resources: LinuxResources,
  folders: CgroupFolders,
  isThere: () => boolean,
): UpdatePlan | undefined {
  const { fields, unknown } = fieldsOf(resources);
  if (unknown.length > 0) {
    throw new InvalidArgumentError(
      `${unknown.join(', ')}: LinuxResources has no such field; see the OCI specification`,
      {
        details: { fields: unknown },
      },
    );
  }
  const missing = fields.filter((field) => textOf(field, folders) === undefined).map(({ name }) => name);
  if (missing.length > 0 && !isThere()) return undefined;
  if (missing.length > 0) {
    throw new NotImplementedError(
      `cannot update task ${id}: the cgroups ${folders.version} of this host cannot set ${missing.join(', ')}; leave it out`,
      { details: { task: id, fields: missing } },
    );
  }
  return {
    notInEffect: () =>
      fields.filter((field) => !placeOf(field, folders)?.check(textOf(field, folders) ?? '')).map(({ name }) => name),
  };
}

function placeOf(field: Field, { version }: CgroupFolders): Place | undefined {
  return field[version];
}

/** undefined where there is no such file. */
function textOf(field: Field, folders: CgroupFolders): string | undefined {
  const place = placeOf(field, folders);
  const folder = place && (folders.version === 'v1' ? folders.v1.get(place.controller) : folders.unified);
  if (place === undefined || folder === undefined) return undefined;
  const files = new CgroupFile(folder);
  return place.files.map((file) => files.text(file)).find((text) => text !== undefined);
}
