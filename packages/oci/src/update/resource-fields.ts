/**
 * Where each field of LinuxResources stands in the cgroups once it is in effect. What is in no table is no field; what
 * has no file in a version of cgroups cannot be set there.
 */
import type { LinuxResources } from '../spec/linux-resources.js';
import {
  amount,
  anything,
  type Check,
  entry,
  linesOf,
  numberOf,
  numbers,
  perDevice,
  size,
  word,
} from './cgroup-text.js';

export interface Place {
  /** Of v1. */
  readonly controller: string;
  /** The first that is there counts. */
  readonly files: readonly string[];
  readonly check: Check;
}

export interface Field {
  /** `memory.limit`. */
  readonly name: string;
  /** Undefined where the version of cgroups has no such setting. */
  readonly v1: Place | undefined;
  readonly v2: Place | undefined;
}

type Rule = (value: unknown) => Pick<Field, 'v1' | 'v2'>;

function place(controller: string, files: string | readonly string[], check: Check): Place {
  return { controller, files: typeof files === 'string' ? [files] : files, check };
}

function v1(controller: string, file: string, check: (value: unknown) => Check): Rule {
  return (value) => ({ v1: place(controller, file, check(value)), v2: undefined });
}

function both(
  controller: string,
  one: string | readonly string[],
  other: string,
  check: (value: unknown) => Check,
): Rule {
  return (value) => ({ v1: place(controller, one, check(value)), v2: place(controller, other, check(value)) });
}

function throttle(file: string, key: string): Rule {
  return (value) => ({
    v1: place('blkio', `blkio.throttle.${file}_device`, perDevice(value, 'rate')),
    v2: place('io', 'io.max', perDevice(value, 'rate', key)),
  });
}

const rules: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  memory: {
    limit: both('memory', 'memory.limit_in_bytes', 'memory.max', size),
    reservation: both('memory', 'memory.soft_limit_in_bytes', 'memory.low', size),
    swap: (value) => ({
      v1: place('memory', 'memory.memsw.limit_in_bytes', size(value)),
      // Without the memory in it.
      v2: place('memory', 'memory.swap.max', anything),
    }),
    kernel: v1('memory', 'memory.kmem.limit_in_bytes', size),
    kernelTCP: v1('memory', 'memory.kmem.tcp.limit_in_bytes', size),
    swappiness: v1('memory', 'memory.swappiness', amount),
    disableOOMKiller: v1('memory', 'memory.oom_control', (value) => entry('oom_kill_disable', value)),
    useHierarchy: v1('memory', 'memory.use_hierarchy', (value) => (text) => Number(text) === Number(value)),
  },
  cpu: {
    shares: (value) => ({ v1: place('cpu', 'cpu.shares', amount(value)), v2: place('cpu', 'cpu.weight', anything) }),
    quota: (value) => ({
      v1: place('cpu', 'cpu.cfs_quota_us', amount(value)),
      v2: place('cpu', 'cpu.max', word(0, value)),
    }),
    period: (value) => ({
      v1: place('cpu', 'cpu.cfs_period_us', amount(value)),
      v2: place('cpu', 'cpu.max', word(1, value)),
    }),
    burst: both('cpu', 'cpu.cfs_burst_us', 'cpu.max.burst', amount),
    realtimeRuntime: v1('cpu', 'cpu.rt_runtime_us', amount),
    realtimePeriod: v1('cpu', 'cpu.rt_period_us', amount),
    cpus: both('cpuset', 'cpuset.cpus', 'cpuset.cpus', numbers),
    mems: both('cpuset', 'cpuset.mems', 'cpuset.mems', numbers),
    idle: both('cpu', 'cpu.idle', 'cpu.idle', amount),
  },
  pids: { limit: both('pids', 'pids.max', 'pids.max', amount) },
  blockIO: {
    weight: (value) => ({
      v1: place('blkio', ['blkio.weight', 'blkio.bfq.weight'], amount(value)),
      v2: place('io', ['io.bfq.weight', 'io.weight'], anything),
    }),
    leafWeight: v1('blkio', 'blkio.leaf_weight', amount),
    weightDevice: (value) => ({
      v1: place('blkio', ['blkio.weight_device', 'blkio.bfq.weight_device'], perDevice(value, 'weight')),
      v2: place('io', 'io.bfq.weight', perDevice(value, 'weight')),
    }),
    throttleReadBpsDevice: throttle('read_bps', 'rbps'),
    throttleWriteBpsDevice: throttle('write_bps', 'wbps'),
    throttleReadIOPSDevice: throttle('read_iops', 'riops'),
    throttleWriteIOPSDevice: throttle('write_iops', 'wiops'),
  },
  network: {
    classID: v1('net_cls', 'net_cls.classid', amount),
    priorities: v1('net_prio', 'net_prio.ifpriomap', (value) => (text) => {
      const wanted = (Array.isArray(value) ? value : []) as readonly { name: string; priority: unknown }[];
      return wanted.every(({ name, priority }) => entry(name, priority)(text));
    }),
  },
};

/** Says how, and sets nothing. */
const instructions: readonly string[] = ['memory.checkBeforeUpdate'];

/** What is asked for, field by field; `unknown` are the names that LinuxResources does not have. */
export function fieldsOf(resources: LinuxResources): {
  readonly fields: readonly Field[];
  readonly unknown: readonly string[];
} {
  const fields: Field[] = [];
  const unknown: string[] = [];
  for (const [group, value] of given(resources)) {
    const known = rules[group];
    if (known) {
      for (const [name, member] of given(value as object)) {
        const rule = known[name];
        const full = `${group}.${name}`;
        if (rule) fields.push({ name: full, ...rule(member) });
        else if (!instructions.includes(full)) unknown.push(full);
      }
    } else {
      const found = listOf(group, value);
      if (found) fields.push(...found);
      else unknown.push(group);
    }
  }
  return { fields, unknown };
}

/** Go writes what is not there as null. */
function given(members: object): readonly (readonly [name: string, value: unknown])[] {
  return Object.entries(members).filter(([, value]) => value !== null && value !== undefined);
}

/** The groups whose members are not fields of their own. */
function listOf(group: string, value: unknown): readonly Field[] | undefined {
  switch (group) {
    case 'hugepageLimits':
      return (value as readonly { pageSize: string; limit: unknown }[]).map(({ pageSize, limit }) => ({
        name: `hugepageLimits of ${pageSize}`,
        v1: place('hugetlb', `hugetlb.${pageSize}.limit_in_bytes`, size(limit)),
        v2: place('hugetlb', `hugetlb.${pageSize}.max`, size(limit)),
      }));
    case 'unified':
      return Object.entries(value as object).map(([file, text]) => ({
        name: `unified ${file}`,
        v1: undefined,
        v2: place(file, file, (found) => found.trim() === String(text).trim() || size(Number(text))(found)),
      }));
    case 'rdma':
      return [{ name: group, v1: place('rdma', 'rdma.max', rdma(value)), v2: place('rdma', 'rdma.max', rdma(value)) }];
    case 'devices':
      // The rules of v2 are a program in the kernel, which nobody can read.
      return [{ name: group, v1: place('devices', 'devices.list', deviceRules(value)), v2: undefined }];
    default:
      return undefined;
  }
}

function rdma(value: unknown): Check {
  const wanted = Object.entries(value as Record<string, { hcaHandles?: unknown; hcaObjects?: unknown }>);
  return (text) =>
    wanted.every(([device, { hcaHandles, hcaObjects }]) => {
      const line = linesOf(text).find(([name]) => name === device) ?? [];
      const has = (key: string, number: unknown) => number === undefined || line.includes(`${key}=${numberOf(number)}`);
      return has('hca_handle', hcaHandles) && has('hca_object', hcaObjects);
    });
}

interface DeviceRule {
  readonly allow?: boolean;
  readonly type?: string;
  readonly major?: number;
  readonly minor?: number;
  readonly access?: string;
}

/** `c 10:200 rwm`, a line for each that is allowed. */
function deviceRules(value: unknown): Check {
  const wanted = value as readonly DeviceRule[];
  return (text) =>
    wanted.every(({ allow = false, type = 'a', major = '*', minor = '*', access = 'rwm' }) => {
      const line = linesOf(text).find(([kind, numbers]) => kind === type && numbers === `${major}:${minor}`);
      const letters = [...access];
      return allow
        ? letters.every((letter) => line?.[2]?.includes(letter))
        : !letters.some((letter) => line?.[2]?.includes(letter));
    });
}
