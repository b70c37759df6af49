export { type Bundle, type BundleHead, type BundleLine, type BundleRequest, evidenceBundle } from './bundle.js';
export type { PayloadLine, UnreadPayload } from './bundle-payloads.js';
export type { BundleSelection } from './bundle-positions.js';
export { type CloudEvent, toCloudEvent } from './cloud-event.js';
export type { Origin, StoredRecord } from './event-facts.js';
export { type OcsfEvent, ocsfVersion, toOcsfEvent } from './ocsf-event.js';
export { type JsonSchema, recordSchema, recordSchemaId } from './record-schema.js';
