/** Times as they are shown: always UTC, as precise as it matters. */

const ms = 1;
const second = 1000 * ms;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const steps = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5,
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minute),
  ...[1, 2, 3, 6, 12].map((count) => count * hour),
  ...[1, 2, 7, 14, 30, 90, 180, 365, 730, 1825, 3650].map((count) => count * day),
]; // biome-ignore format: a table

export interface Tick {
  /** Milliseconds since the beginning of the span. */
  readonly at: number;
  readonly label: string;
}

/**
 * Round times in a window, as many as have room.
 *
 * @param base milliseconds since 1970 of the span's beginning
 * @param room the most there may be
 */
export function ticks(base: number, from: number, to: number, room: number): readonly Tick[] {
  const least = (to - from) / Math.max(1, room);
  const step = steps.find((candidate) => candidate >= least) ?? least;
  // Round in UTC. The parts below a millisecond would be lost in a number that counts from 1970.
  const offset = base % step;
  const first = Math.ceil((from + offset) / step) * step - offset;
  const found: Tick[] = [];
  for (let at = first; at <= to && found.length <= room + 1; at += step) {
    found.push({ at, label: tickLabel(base, at, step) });
  }
  return found;
}

function tickLabel(base: number, at: number, step: number): string {
  if (step < ms) return `.${fraction(base, at).slice(0, 6)}`;
  const iso = isoOf(base + Math.round(at));
  if (step >= day) return iso.slice(0, 10);
  if (step >= minute) return iso.slice(11, 16) === '00:00' ? iso.slice(5, 10) : iso.slice(11, 16);
  return step >= second ? iso.slice(11, 19) : iso.slice(17, 23);
}

function fraction(base: number, at: number): string {
  const millis = ((base % second) + at) % second;
  return (millis / second).toFixed(9).slice(2);
}

/** The window in words, for the corner of the axis. */
export function windowText(base: number, from: number, to: number): string {
  const [start, end] = [isoOf(base + from), isoOf(base + to)];
  const length = durationText(to - from);
  if (start.slice(0, 10) !== end.slice(0, 10)) return `${start.slice(0, 10)} – ${end.slice(0, 10)} · ${length}`;
  return `${start.slice(0, 10)} · ${length}`;
}

/** `2026-01-31 12:00:00.123456789`; no text where there is no time. */
export function exactTime(base: number, millis: number, nanos: number): string {
  if (nanos < 0) return 'unreadable';
  return `${isoOf(base + millis)
    .slice(0, 23)
    .replace('T', ' ')}${String(nanos).padStart(6, '0')}`;
}

/** To the millisecond. */
export function shortTime(millis: number): string {
  return isoOf(millis).slice(0, 23).replace('T', ' ');
}

function isoOf(millis: number): string {
  const date = new Date(Math.floor(millis));
  return Number.isNaN(date.getTime()) ? '-'.repeat(24) : date.toISOString();
}

export function durationText(length: number): string {
  if (length < ms) return `${(length * 1000).toFixed(length < 0.01 ? 1 : 0)} µs`;
  if (length < second) return `${trim(length)} ms`;
  if (length < minute) return `${trim(length / second)} s`;
  if (length < hour) return parts(length, minute, 'min', second, 's');
  if (length < 2 * day) return parts(length, hour, 'h', minute, 'min');
  return parts(length, day, 'd', hour, 'h');
}

function trim(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function parts(length: number, large: number, largeName: string, small: number, smallName: string): string {
  const whole = Math.floor(length / large);
  const rest = Math.floor((length - whole * large) / small);
  return rest === 0 ? `${whole} ${largeName}` : `${whole} ${largeName} ${rest} ${smallName}`;
}
