/** Names are containerd's own. What two packages of it call the same has the version in its name here. */
export { eventAny } from './event-any.js';
export {
  type BootstrapParams,
  BootstrapParamsSchema,
  type BootstrapResult,
  BootstrapResultSchema,
} from './gen/containerd/bootstrap/bootstrap_pb.js';
export {
  type TaskCreate,
  TaskCreateSchema,
  type TaskDelete,
  TaskDeleteSchema,
  type TaskExecAdded,
  TaskExecAddedSchema,
  type TaskExecStarted,
  TaskExecStartedSchema,
  type TaskExit,
  TaskExitSchema,
  type TaskOOM,
  TaskOOMSchema,
  type TaskStart,
  TaskStartSchema,
} from './gen/containerd/events/task_pb.js';
export {
  type CheckpointOptions as RuncCheckpointOptions,
  CheckpointOptionsSchema as RuncCheckpointOptionsSchema,
  type Options as RuncOptions,
  OptionsSchema as RuncOptionsSchema,
  type ProcessDetails,
  ProcessDetailsSchema,
} from './gen/containerd/runc/v1/options_pb.js';
export { Events } from './gen/containerd/services/events/ttrpc/v1/events_pb.js';
export {
  type CreateTaskRequest,
  CreateTaskRequestSchema,
  type DeleteResponse,
  DeleteResponseSchema,
  type ExecProcessRequest,
  type StateResponse,
  Task as TaskV2,
} from './gen/containerd/task/v2/task_pb.js';
export { Task as TaskV3 } from './gen/containerd/task/v3/task_pb.js';
export {
  type Envelope,
  type RuntimeInfo,
  RuntimeInfoSchema,
  RuntimeRequestSchema,
} from './gen/containerd/types/types_pb.js';
export {
  type Metrics as CgroupV1Metrics,
  MetricsSchema as CgroupV1MetricsSchema,
} from './gen/io/containerd/cgroups/v1/metrics_pb.js';
export {
  type Metrics as CgroupV2Metrics,
  MetricsSchema as CgroupV2MetricsSchema,
} from './gen/io/containerd/cgroups/v2/metrics_pb.js';
export { type TaskStatus, taskStatuses } from './task-status.js';
