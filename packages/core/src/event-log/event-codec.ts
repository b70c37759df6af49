/** Reads of a record's stored text what happened, and passes over who asked for it: a fold needs no more (P5). */
import type { Damage, Position, RecordedEvent } from './event-log.js';
import { decodeRecord } from './record-codec.js';

const text = String.raw`"[^"\\\x00-\x1f]*"`;
const quoted = String.raw`"([^"\\\x00-\x1f]*)"`;
/** Short enough for every one of them to be exact. */
const count = '(?:0|[1-9][0-9]{0,14})';
const texts = String.raw`\[(?:${text}(?:,${text})*)?\]`;
const actor = [
  String.raw`\{"uid":${count},"gid":${count},"pid":${count},"loginUid":(?:null|${count}),"command":${text},`,
  String.raw`(?:"argv":${texts},)?"user":${text},(?:"ticket":${text},)?"requestId":${text}\}`,
].join('');

/**
 * A record as it is written (record-codec.ts), up to its event, where no text in it needs an escape. Whatever is like this is
 * JSON of the right shape, so that it need not be parsed.
 */
const beginning = new RegExp(
  [
    String.raw`^\{"position":(${count}),"namespace":${quoted},"task":${quoted},"version":([1-9][0-9]{0,14}),`,
    String.raw`"type":"([^"\\\x00-\x1f]+)","schema":(${count}),"time":${quoted},"actor":${actor},`,
    `"runtime":${text},"runtimeVersion":${text},(?:"runtimeConfig":${text},)?`,
    String.raw`"correlationId":${text},"causation":${count},"event":(?=\{)`,
  ].join(''),
);

/** As `decodeRecord`, with the same verdict, in half its time. */
export function decodeEvent(position: Position, stored: string): RecordedEvent | Damage {
  return quickly(position, stored) ?? decodeRecord(position, stored);
}

/** Undefined where the text is not as plain as most are. */
function quickly(position: Position, stored: string): RecordedEvent | undefined {
  const found = beginning.exec(stored);
  if (!found || Number(found[1]) !== position || !stored.endsWith('}')) return undefined;
  try {
    return {
      position,
      namespace: found[2] ?? '',
      task: found[3] ?? '',
      version: Number(found[4]),
      type: found[5] ?? '',
      schema: Number(found[6]),
      time: ownText(found[7] ?? '') as RecordedEvent['time'],
      event: JSON.parse(stored.slice(found[0].length, -1)) as RecordedEvent['event'],
    };
  } catch {
    return undefined;
  }
}

/**
 * States keep times, and V8 keeps the whole text that a part of it was cut out of, but for parts shorter than 13 characters:
 * a fold would hold on to every record.
 */
function ownText(part: string): string {
  let own = '';
  for (let at = 0; at < part.length; at += 12) own += part.slice(at, at + 12);
  return own;
}
