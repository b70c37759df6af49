export { type CollectOptions, collect } from './collect.js';
export type { ReportData, ReportHead, Scope } from './data.js';
export { type PageCode, reportHtml, reportMark } from './html.js';
export { type Check, type Finding, type VerificationReport, verificationOf } from './verification.js';
