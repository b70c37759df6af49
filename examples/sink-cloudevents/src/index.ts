import { readFileSync } from 'node:fs';
import { definePlugin } from '@shiplog/core/plugin';
import * as v from 'valibot';
import { HttpSink } from './http-sink.ts';

const isWeb = (text: string) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

const config = v.strictObject({
  /** Where the events are posted to. */
  url: v.pipe(v.string(), v.check(isWeb, 'must be an http:// or https:// URL')),
  /** A file whose content is sent as a bearer token; read anew for each request, so that it may change. */
  tokenFile: v.optional(v.pipe(v.string(), v.regex(/^\//, 'must be an absolute path'))),
  /** How long one request may take: milliseconds. */
  timeout: v.optional(
    v.pipe(v.number(), v.integer('must be whole milliseconds'), v.minValue(1, 'must be 1 or more')),
    10_000,
  ),
});

/** Posts every event to an HTTP endpoint, as a batch of CloudEvents. */
export const plugin = definePlugin({
  id: 'io.containerd.cloudevents.v1',
  type: 'event-sink',
  apiVersion: '^1.0.0',
  version: '0.1.0',
  config,
  init({
    config: { url, tokenFile, timeout },
    note,
  }: {
    config: v.InferOutput<typeof config>;
    note(text: string): void;
  }) {
    note(`posts to ${new URL(url).origin}`);
    return new HttpSink({
      ...{ url, timeout },
      ...(tokenFile !== undefined && { token: () => readFileSync(tokenFile, 'utf8').trim() }),
    });
  },
});

export { conformance } from './conformance.ts';
