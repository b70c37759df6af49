export { TtrpcClient } from './client.js';
export { TtrpcServer } from './server.js';
export type { TtrpcServerOptions } from './server-options.js';
export type { CallOptions, HandlerContext, Metadata, ServiceClient, ServiceHandlers } from './service.js';
export { statusCodes, TtrpcClosedError, TtrpcError, type TtrpcErrorOptions } from './status.js';
