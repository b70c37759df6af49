export { TtrpcClient } from './client.js';
export { TtrpcServer, type TtrpcServerOptions } from './server.js';
export type { CallOptions, HandlerContext, Metadata, ServiceClient, ServiceHandlers } from './service.js';
export { statusCodes, TtrpcClosedError, TtrpcError, type TtrpcErrorOptions } from './status.js';
